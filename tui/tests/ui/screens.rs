//! Every screen at three sizes, with and without letters beyond ASCII.

use std::fs;
use std::path::Path;

use herdlab_tui::script::snap;
use herdlab_tui::theme::{Glyphs, Palette};

use crate::support::{plan, played};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];
const SCREENS: [(&str, &str); 6] =
    [("run", "1"), ("compare", "2"), ("keys", "3"), ("events", "4"), ("help", "?"), ("back", "[")];

#[test]
fn every_screen_looks_as_it_did() {
    let plan = plan(&["ttl", "lock", "xfetch", "stale-while-revalidate"], 30);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/screens");
    let take = std::env::var_os("HERDLAB_TAKE_PICTURES").is_some();
    for (name, key) in SCREENS {
        let script = format!("run 14s; key S; run 5s; key {key}");
        let mut model = played(&plan, &script);
        for (width, height) in SIZES {
            for glyphs in [Glyphs::Block, Glyphs::Ascii] {
                model.set_theme(Palette::Mono, glyphs);
                let drawn = snap(&model, (width, height), false);
                let file = format!("{name}-{width}x{height}-{}.txt", glyphs.name());
                if glyphs == Glyphs::Ascii {
                    assert!(drawn.is_ascii(), "{file}");
                }
                if take {
                    fs::write(folder.join(&file), &drawn).expect("the screen is written");
                }
                let kept = fs::read_to_string(folder.join(&file)).unwrap_or_default();
                let told = "HERDLAB_TAKE_PICTURES=1 cargo test -p herdlab-tui --test ui screens";
                assert!(drawn == kept, "{file} has changed ({told}); it is now:\n{drawn}");
            }
        }
    }
}

#[test]
fn a_herd_is_told_from_none_by_its_glyph_alone() {
    let plan = plan(&["ttl", "lock"], 30);
    let mut model = played(&plan, "run 14s");
    model.set_theme(Palette::Mono, Glyphs::Ascii);
    let drawn = snap(&model, (120, 36), false);
    let herds: Vec<&str> = drawn.lines().filter(|line| line.trim().starts_with("herd ")).collect();
    assert_eq!(herds.len(), 2, "{drawn}");
    assert!(herds[0].contains(['*', '#', '@']), "ttl has a herd: {}", herds[0]);
    assert!(!herds[1].contains(['+', '*', '#', '@']), "lock has none: {}", herds[1]);
}

#[test]
fn a_picture_is_a_whole_document_of_the_screens_size() {
    let model = played(&plan(&["ttl"], 20), "run 15s");
    let svg = snap(&model, (80, 24), true);
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert!(svg.contains("viewBox=\"0 0 700.0 460.0\""), "{}", &svg[..200]);
    assert!(svg.contains("herdlab"), "{svg}");
}
