// SPDX-License-Identifier: BSD-2-Clause
//! The picture of the rows about pools: obj/bench.svg.

use crate::report::{Pair, Row};
use anyhow::{anyhow, Result};
use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

const WIDTH: i32 = 1080;
/// Where bars begin and end.
const LEFT: i32 = 230;
const RIGHT: i32 = 820;
const TOP: i32 = 92;
const STEP: i32 = 26;
/// The ratio at the right end.
const MOST: f64 = 2.5;

const INK: RGBColor = RGBColor(38, 50, 56);
const PALE: RGBColor = RGBColor(207, 216, 220);
const MET: RGBColor = RGBColor(0, 137, 123);
const MISSED: RGBColor = RGBColor(239, 108, 0);
const FREE: RGBColor = RGBColor(84, 110, 122);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draw the rows that have cycles; nothing without any.
pub fn draw(path: &Path, rows: &[Row]) -> Result<()> {
    let rows: Vec<&Row> = rows.iter().filter(|r| r.cycles.is_some() && r.ratio.is_finite()).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let height = TOP + STEP * rows.len() as i32 + 50;
    let area = SVGBackend::new(path, (WIDTH as u32, height as u32)).into_drawing_area();
    picture(&area, &rows, height).map_err(|e| anyhow!("{}: {e}", path.display()))
}

fn picture(area: &Area<'_>, rows: &[&Row], height: i32) -> Result<(), Box<dyn std::error::Error>> {
    area.fill(&WHITE)?;
    text(area, "page_pool.ko: time of ours as a share of Linux's, a buffer allocated and put", (20, 14), 19, &INK, HPos::Left)?;
    text(area, "shorter is better; whiskers: p10 to p90 of the rounds; cycles and instructions: ours / Linux 6.12 (\":stub\": a design without recycling)",
        (20, 40), 13, &FREE, HPos::Left)?;
    legend(area)?;
    let bottom = height - 40;
    for tenth in (0..=(MOST * 10.0) as i32).step_by(5) {
        let ratio = f64::from(tenth) / 10.0;
        let colour = if tenth == 10 { INK } else { PALE };
        area.draw(&PathElement::new([(x(ratio), TOP - 6), (x(ratio), bottom)], colour.stroke_width(1)))?;
        text(area, &format!("{ratio:.1}"), (x(ratio), bottom + 6), 12, &INK, HPos::Center)?;
    }
    text(area, "cycles", (RIGHT + 90, TOP - 22), 12, &FREE, HPos::Right)?;
    text(area, "instructions", (WIDTH - 24, TOP - 22), 12, &FREE, HPos::Right)?;
    for (i, r) in rows.iter().enumerate() {
        bar(area, r, TOP + STEP * i as i32)?;
    }
    area.present()?;
    Ok(())
}

fn bar(area: &Area<'_>, r: &Row, y: i32) -> Result<(), Box<dyn std::error::Error>> {
    let colour = match r.goal {
        Some(g) if r.ratio <= g => MET,
        Some(_) => MISSED,
        None => FREE,
    };
    let middle = y + STEP / 2;
    text(area, r.name.trim_start_matches("pool/"), (LEFT - 8, middle - 7), 13, &INK, HPos::Right)?;
    area.draw(&Rectangle::new([(LEFT, y + 5), (x(r.ratio), y + STEP - 5)], colour.filled()))?;
    if let Some((low, high)) = r.low.zip(r.high) {
        area.draw(&PathElement::new([(x(low), middle), (x(high), middle)], INK.stroke_width(2)))?;
    }
    if let Some(goal) = r.goal {
        area.draw(&PathElement::new([(x(goal), y + 2), (x(goal), y + STEP - 2)], BLACK.stroke_width(3)))?;
    }
    // Beside the bar and what is drawn on it; inside, where it ends beyond.
    if r.ratio > MOST * 0.93 {
        let beyond = if r.ratio > MOST { " »" } else { "" };
        text(area, &format!("{:.2}{beyond}", r.ratio), (x(r.ratio) - 18, middle - 6), 12, &WHITE, HPos::Right)?;
    } else {
        let near = r.goal.filter(|g| (0.0..0.15).contains(&(g - r.ratio)));
        let end = [Some(r.ratio), r.high, near].into_iter().flatten().fold(0.0, f64::max);
        text(area, &format!("{:.2}", r.ratio), (x(end) + 7, middle - 6), 12, &INK, HPos::Left)?;
    }
    let pair = |p: Option<Pair>| p.map_or(String::new(), |p| format!("{:.1} / {:.1}", p.ours, p.peer));
    text(area, &pair(r.cycles), (RIGHT + 90, middle - 6), 12, &INK, HPos::Right)?;
    text(area, &pair(r.instructions), (WIDTH - 24, middle - 6), 12, &INK, HPos::Right)?;
    Ok(())
}

fn legend(area: &Area<'_>) -> Result<(), Box<dyn std::error::Error>> {
    for (i, (colour, what)) in [(MET, "goal met"), (MISSED, "goal missed"), (FREE, "no goal")].into_iter().enumerate() {
        let at = LEFT + 110 * i as i32;
        area.draw(&Rectangle::new([(at, 65), (at + 12, 77)], colour.filled()))?;
        text(area, what, (at + 18, 64), 12, &INK, HPos::Left)?;
    }
    let at = LEFT + 330;
    area.draw(&PathElement::new([(at, 63), (at, 79)], BLACK.stroke_width(3)))?;
    text(area, "goal", (at + 8, 64), 12, &INK, HPos::Left)?;
    Ok(())
}

fn text(area: &Area<'_>, what: &str, at: (i32, i32), size: i32, colour: &RGBColor, anchor: HPos) -> Result<(), Box<dyn std::error::Error>> {
    let style = ("sans-serif", size).into_text_style(area).color(colour).pos(Pos::new(anchor, VPos::Top));
    area.draw_text(what, &style, at)?;
    Ok(())
}

fn x(ratio: f64) -> i32 {
    LEFT + (f64::from(RIGHT - LEFT) * ratio.min(MOST) / MOST) as i32
}
