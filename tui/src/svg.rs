//! A screen as an SVG picture, without any font's help where cells must join: bars and shades are drawn as shapes.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// A cell, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);
/// Around the screen.
const MARGIN: f64 = 14.0;
const BACK: &str = "#0d1117";
const FORE: &str = "#e6edf3";

/// Draws the screen.
#[must_use]
pub fn picture(buf: &Buffer) -> String {
    let (columns, lines) = (f64::from(buf.area.width), f64::from(buf.area.height));
    let (width, height) = (columns * CELL.0 + 2.0 * MARGIN, lines * CELL.1 + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.0}\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACK}\"/>\n"
    );
    for y in 0..buf.area.height {
        line(buf, y, &mut svg);
    }
    svg.push_str("</svg>\n");
    svg
}

/// One line: runs of cells that look alike are drawn together.
fn line(buf: &Buffer, y: u16, svg: &mut String) {
    let mut x = 0;
    while x < buf.area.width {
        let cell = &buf[(x, y)];
        let shape = shape(cell.symbol());
        let alike = |other: &Cell| {
            other.fg == cell.fg
                && other.modifier == cell.modifier
                && self::shape(other.symbol()).is_some() == shape.is_some()
                && (shape.is_none() || other.symbol() == cell.symbol())
        };
        let end = (x..buf.area.width).find(|x| !alike(&buf[(*x, y)])).unwrap_or(buf.area.width);
        match shape {
            Some(shapes) => {
                shapes.into_iter().flatten().for_each(|s| fill(s, cell, x, y, end - x, svg));
            }
            None => text(buf, cell, x, y, end, svg),
        }
        x = end;
    }
}

fn text(buf: &Buffer, cell: &Cell, x: u16, y: u16, end: u16, svg: &mut String) {
    let words: String = (x..end).map(|x| buf[(x, y)].symbol()).collect();
    let reversed = cell.modifier.contains(Modifier::REVERSED);
    if words.trim().is_empty() && !reversed {
        return;
    }
    let (left, top) = (MARGIN + f64::from(x) * CELL.0, MARGIN + f64::from(y) * CELL.1);
    let width = f64::from(end - x) * CELL.0;
    let (mut fore, dim) = (colour(cell.fg), cell.modifier.contains(Modifier::DIM));
    if reversed {
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{fore}\"/>",
            CELL.1
        );
        fore = BACK.to_owned();
    }
    let bold = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let faint = if dim { " opacity=\"0.6\"" } else { "" };
    // Leading spaces are left out, so that the text begins where its first letter is.
    let lead = words.chars().take_while(|c| *c == ' ').count();
    let shown = words.trim();
    let length = shown.chars().count() as f64 * CELL.0;
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{fore}\"{bold}{faint}>{}</text>",
        left + lead as f64 * CELL.0,
        top + CELL.1 * 0.76,
        escaped(shown),
    );
}

/// A glyph that is a part of its cell: left, top, width, height as shares of the cell, and how opaque it is.
#[derive(Copy, Clone, PartialEq, Debug)]
struct Shape(f64, f64, f64, f64, f64);

/// What a glyph is made of, if it is no letter.
fn shape(symbol: &str) -> Option<[Option<Shape>; 2]> {
    let one = |shape| [Some(shape), None];
    let (line, opaque) = (0.07, 0.7);
    let across = |from: f64| Shape(from, 0.48, 1.0 - from, 0.035, opaque);
    let back = Shape(0.0, 0.48, 0.5, 0.035, opaque);
    let down = |from: f64, to: f64| Shape(0.46, from, line, to - from, opaque);
    let glyph = symbol.chars().next()?;
    Some(match glyph {
        '▁'..='█' => {
            let height = f64::from(glyph as u32 - 0x2580) / 8.0;
            one(Shape(0.0, 1.0 - height, 1.0, height, 1.0))
        }
        '▌' => one(Shape(0.0, 0.0, 0.5, 1.0, 1.0)),
        '▖' => one(Shape(0.0, 0.5, 0.5, 0.5, 1.0)),
        '░' => one(Shape(0.0, 0.0, 1.0, 1.0, 0.35)),
        '▒' => one(Shape(0.0, 0.0, 1.0, 1.0, 0.6)),
        '▓' => one(Shape(0.0, 0.0, 1.0, 1.0, 0.85)),
        '─' | '┄' => one(across(0.0)),
        '│' => one(down(0.0, 1.0)),
        '╭' => [Some(across(0.46)), Some(down(0.48, 1.0))],
        '╮' => [Some(back), Some(down(0.48, 1.0))],
        '╰' => [Some(across(0.46)), Some(down(0.0, 0.5))],
        '╯' => [Some(back), Some(down(0.0, 0.5))],
        _ => return None,
    })
}

fn fill(
    Shape(x0, y0, w, h, opacity): Shape,
    cell: &Cell,
    x: u16,
    y: u16,
    count: u16,
    svg: &mut String,
) {
    let top = MARGIN + f64::from(y) * CELL.1 + y0 * CELL.1;
    let opaque = if opacity < 1.0 { format!(" opacity=\"{opacity}\"") } else { String::new() };
    // Whole cells join; parts of cells are drawn one by one.
    let (pieces, wide) = if w == 1.0 { (1, f64::from(count)) } else { (count, w) };
    for piece in 0..pieces {
        let left = MARGIN + (f64::from(x + piece) + x0) * CELL.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.2}\" width=\"{:.1}\" height=\"{:.2}\" fill=\"{}\"{opaque}/>",
            wide * CELL.0,
            h * CELL.1,
            colour(cell.fg),
        );
    }
}

fn colour(colour: Color) -> String {
    let named = match colour {
        Color::Rgb(r, g, b) => return format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Red => "#ff5c57",
        Color::LightRed => "#ff8a80",
        Color::Green => "#56d364",
        Color::Yellow => "#f0b43c",
        Color::LightYellow => "#f9e28b",
        Color::Blue => "#3b82f6",
        Color::Magenta => "#cc79a7",
        Color::LightMagenta => "#db50dc",
        Color::Cyan => "#56b4e9",
        _ => FORE,
    };
    named.to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn names_are_data_and_bars_are_shapes() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 1));
        buf.set_string(0, 0, "<b>&", Style::new());
        buf.set_string(6, 0, "██▄▖▖", Style::new().fg(Color::Rgb(1, 2, 3)));
        let svg = picture(&buf);
        assert!(svg.contains(">&lt;b&gt;&amp;</text>"), "{svg}");
        assert_eq!(
            svg.matches("#010203").count(),
            4,
            "two whole cells join, quarters do not: {svg}"
        );
    }
}
