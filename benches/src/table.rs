//! Tables in Markdown.

use crate::measure::median;
use crate::rows::{Column, Pick, Row};

/// One line per line of the row: each figure, and its ratio to the first line's. `lines` have what each round
/// measured.
pub(crate) fn render(row: &Row, lines: &[(&str, Vec<Vec<f64>>)]) -> String {
    let mut text = format!("### {}: {}\n\n{}\n\n|", row.key, row.title, row.note);
    for column in row.columns {
        text += &format!(" | {}", column.name);
    }
    text += &format!(" |\n|---{}|\n", "|--:".repeat(row.columns.len()));
    let base = lines.first().map_or(&[][..], |(_, rounds)| rounds);
    for (line, rounds) in lines {
        text += &format!("| {line}");
        for (place, column) in row.columns.iter().enumerate() {
            text += &format!(" | {}", cell(column, place, rounds, base));
        }
        text += " |\n";
    }
    text
}

fn cell(column: &Column, place: usize, rounds: &[Vec<f64>], base: &[Vec<f64>]) -> String {
    let Some(figure) = picked(column, place, rounds) else {
        return "broken".to_owned();
    };
    // What it cannot do.
    if figure.is_nan() {
        return "-".to_owned();
    }
    let text = grouped(figure, column.decimals);
    match picked(column, place, base).filter(|base| column.has_ratio && *base > 0.0) {
        Some(base) => format!("{text} ({:.2})", figure / base),
        None => text,
    }
}

fn picked(column: &Column, place: usize, rounds: &[Vec<f64>]) -> Option<f64> {
    let figures: Vec<f64> = rounds.iter().map(|round| round[place]).collect();
    match column.pick {
        Pick::Lowest => figures.into_iter().reduce(f64::min),
        Pick::Highest => figures.into_iter().reduce(f64::max),
        Pick::Median => (!figures.is_empty()).then(|| median(&figures)),
    }
}

/// With commas between thousands.
fn grouped(figure: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", figure.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if figure < 0.0 { "-" } else { "" };
    format!("{sign}{grouped}{rest}")
}
