//! The results: a table for people, JSON for programs.

use std::fmt;

use serde::Serialize;

/// All results of a run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    rows: Vec<Row>,
    failures: Vec<Failure>,
}

/// One result.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    bench: &'static str,
    what: String,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reached: Option<bool>,
}

/// What a result is compared with.
#[derive(Debug, Serialize)]
struct Reference {
    name: &'static str,
    value: f64,
}

/// What a result must be.
#[derive(Debug, Serialize)]
struct Target {
    text: String,
    bound: f64,
}

/// Something that could not be measured.
#[derive(Debug, Serialize)]
struct Failure {
    bench: String,
    reason: String,
}

impl Report {
    /// Adds a result.
    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds that something could not be measured.
    pub(crate) fn fail(&mut self, bench: String, reason: String) {
        self.failures.push(Failure { bench, reason });
    }

    /// Whether everything could be measured, reached or missed.
    pub(crate) const fn complete(&self) -> bool {
        self.failures.is_empty()
    }
}

impl Row {
    /// A result in `unit`.
    pub(crate) fn new(bench: &'static str, what: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self { bench, what: what.into(), unit, value, reference: None, ratio: None, target: None, reached: None }
    }

    /// What was measured for `name` in the same run.
    pub(crate) fn against(mut self, name: &'static str, value: f64) -> Self {
        self.ratio = Some(self.value / value).filter(|ratio| ratio.is_finite());
        self.reference = Some(Reference { name, value });
        self
    }

    /// It must not be more; `text` says where the bound is from.
    pub(crate) fn at_most(mut self, bound: f64, text: impl Into<String>) -> Self {
        self.reached = Some(self.value <= bound);
        self.target = Some(Target { text: format!("<= {}", text.into()), bound });
        self
    }

    /// It must not be less; `text` says where the bound is from.
    pub(crate) fn at_least(mut self, bound: f64, text: impl Into<String>) -> Self {
        self.reached = Some(self.value >= bound);
        self.target = Some(Target { text: format!(">= {}", text.into()), bound });
        self
    }

    fn cells(&self) -> [String; 7] {
        let verdict = match self.reached {
            None => "",
            Some(true) => "reached",
            Some(false) => "MISSED",
        };
        [
            self.bench.to_owned(),
            self.what.clone(),
            format!("{} {}", number(self.value), self.unit),
            self.reference.as_ref().map(|reference| format!("{} ({})", number(reference.value), reference.name)).unwrap_or_default(),
            self.ratio.map(number).unwrap_or_default(),
            self.target.as_ref().map(|target| format!("{} [{}]", target.text, number(target.bound))).unwrap_or_default(),
            verdict.to_owned(),
        ]
    }
}

/// A number with as many digits as say something.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => format!("{value:.0}"),
        middle if middle >= 100.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["bench", "what", "kubedock", "compared with", "ratio", "target", ""].map(str::to_owned);
        let ruler = header.clone().map(|_| "---".to_owned());
        let rows: Vec<[String; 7]> = [header, ruler].into_iter().chain(self.rows.iter().map(Row::cells)).collect();
        let widths: Vec<usize> =
            (0..7).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()).collect();
        for row in &rows {
            for (cell, width) in row.iter().zip(&widths) {
                write!(formatter, "| {cell:width$} ")?;
            }
            writeln!(formatter, "|")?;
        }
        for failure in &self.failures {
            writeln!(formatter, "FAILED {}: {}", failure.bench, failure.reason)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, Row};

    #[test]
    fn a_row_knows_whether_it_reached_its_target() {
        for (row, verdict) in [
            (Row::new("b", "w", "s", 1.1).against("other", 1.0).at_most(1.15, "other + 0.15"), "reached"),
            (Row::new("b", "w", "s", 1.2).against("other", 1.0).at_most(1.15, "other + 0.15"), "MISSED"),
            (Row::new("b", "w", "/s", 8000.0).at_least(8000.0, "8,000"), "reached"),
            (Row::new("b", "w", "/s", 7999.0).at_least(8000.0, "8,000"), "MISSED"),
            // What could not be computed is no success.
            (Row::new("b", "w", "/s", f64::NAN).at_least(8000.0, "8,000"), "MISSED"),
            (Row::new("b", "w", "s", 1.0), ""),
        ] {
            assert_eq!(row.cells()[6], verdict, "{row:?}");
        }
    }

    #[test]
    fn a_failure_is_shown_and_makes_it_incomplete() {
        let mut report = Report::default();
        report.add(Row::new("start", "one", "s", 1.0).against("plain API", 0.5));
        assert!(report.complete());
        assert!(report.to_string().contains("| 2.000 |"), "{report}");
        report.fail("exec".to_owned(), "no answer".to_owned());
        assert!(!report.complete());
        assert!(report.to_string().contains("FAILED exec: no answer"), "{report}");
    }
}
