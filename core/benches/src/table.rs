//! Plain tables with aligned columns, which are also valid Markdown.

/// Formats rows under a heading. The first column is aligned left, the others right.
pub fn format(rows: &[Vec<String>]) -> String {
    let mut table = String::new();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
            .max(2)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for (at, row) in rows.iter().enumerate() {
        let cells = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                if column == 0 {
                    format!(" {cell:<width$} ")
                } else {
                    format!(" {cell:>width$} ")
                }
            });
        table += &format!("|{}|\n", cells.collect::<Vec<_>>().join("|"));
        if at == 0 {
            let rule = |(column, width): (usize, &usize)| {
                if column == 0 {
                    "-".repeat(width + 2)
                } else {
                    format!("{}:", "-".repeat(width + 1))
                }
            };
            table += &format!(
                "|{}|\n",
                widths
                    .iter()
                    .enumerate()
                    .map(rule)
                    .collect::<Vec<_>>()
                    .join("|")
            );
        }
    }
    table
}
