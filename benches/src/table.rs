//! Tables in Markdown.

use crate::measure::median;
use crate::rows::{Column, Pick, Row};

/// Renders a table. Each cell has a figure and its ratio to the first line. `lines` has the figures of each round.
pub(crate) fn render(row: &Row, lines: &[(&str, Vec<Vec<f64>>)]) -> String {
    let mut text = format!("### {}: {}\n\n{}\n\n|", row.key, row.title, row.note);
    for column in row.columns {
        text += &format!(" | {}", column.name);
    }
    text += &format!(" |\n|---{}|\n", "|--:".repeat(row.columns.len()));
    let base = lines.first().map_or(&[][..], |(_, rounds)| rounds);
    for (line, rounds) in lines {
        text += &format!("| {line}");
        for (index, column) in row.columns.iter().enumerate() {
            text += &format!(" | {}", cell(column, index, rounds, base));
        }
        text += " |\n";
    }
    text
}

fn cell(column: &Column, index: usize, rounds: &[Vec<f64>], base: &[Vec<f64>]) -> String {
    let Some(figure) = picked(column, index, rounds) else {
        return "failed".to_owned();
    };
    // NaN marks something that the server cannot do.
    if figure.is_nan() {
        return "-".to_owned();
    }
    let text = grouped(figure, column.decimals);
    match picked(column, index, base).filter(|base| column.has_ratio && *base > 0.0) {
        Some(base) => format!("{text} ({:.2})", figure / base),
        None => text,
    }
}

fn picked(column: &Column, index: usize, rounds: &[Vec<f64>]) -> Option<f64> {
    let figures: Vec<f64> = rounds.iter().map(|round| round[index]).collect();
    match column.pick {
        Pick::Lowest => figures.into_iter().reduce(f64::min),
        Pick::Highest => figures.into_iter().reduce(f64::max),
        Pick::Median => (!figures.is_empty()).then(|| median(&figures)),
    }
}

/// Formats a figure with commas between thousands.
fn grouped(figure: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", figure.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if figure < 0.0 { "-" } else { "" };
    format!("{sign}{grouped}{rest}")
}
