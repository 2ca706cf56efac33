//! No size breaks a screen: 56,592 of them are drawn.

use herdlab_tui::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::support::{plan, played};

#[test]
fn no_size_breaks_a_screen() {
    let many = plan(&["ttl", "lock", "xfetch", "single-flight", "get-or-set", "versioned"], 20);
    let states =
        ["run 0s", "run 14s; key S; run 1s", "run 19.9s; key [; key [; key z; key z; key l"];
    let mut models = Vec::new();
    for state in states {
        for key in ["1", "2", "3", "4"] {
            for help in ["", "; key ?"] {
                models.push(played(&many, &format!("{state}; key {key}{help}")));
            }
        }
    }
    let heights = (0..14).chain([16, 24, 36, 50]);
    let mut drawn = 0;
    for height in heights {
        for width in 0..=130 {
            let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
            for model in &models {
                let Ok(_) = terminal.draw(|frame| view(model, frame));
                drawn += 1;
            }
        }
    }
    assert_eq!(drawn, 56_592);
}
