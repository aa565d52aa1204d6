//! Repeated measurements of one thing.

use std::future::Future;
use std::time::{Duration, Instant};

/// Repeated measurements of one thing.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// Adds one.
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Adds one in seconds.
    pub(crate) fn push_time(&mut self, time: Duration) {
        self.push(time.as_secs_f64());
    }

    /// The middle one, or the mean of the middle two; not a number if there is none.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            odd if odd % 2 == 1 => sorted[middle],
            _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
        }
    }

    /// The largest; not a number if there is none.
    pub(crate) fn max(&self) -> f64 {
        self.sorted().last().copied().unwrap_or(f64::NAN)
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// Waits for `work` and tells how long it took.
///
/// # Errors
/// Those of `work`.
pub(crate) async fn timed<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<(Duration, T)> {
    let begin = Instant::now();
    let value = work.await?;
    Ok((begin.elapsed(), value))
}

/// Megabytes (10^6) per second.
#[allow(clippy::cast_precision_loss, reason = "no test moves 2^52 bytes")]
pub(crate) fn megabytes_per_second(bytes: u64, seconds: f64) -> f64 {
    bytes as f64 / 1e6 / seconds
}

#[cfg(test)]
mod tests {
    use super::{Samples, megabytes_per_second};

    #[test]
    fn medians() {
        for (values, median) in [(&[3.0, 1.0, 2.0][..], 2.0), (&[4.0, 1.0, 3.0, 2.0], 2.5), (&[7.0], 7.0)] {
            let mut samples = Samples::default();
            values.iter().for_each(|value| samples.push(*value));
            assert!((samples.median() - median).abs() < 1e-9, "{values:?}");
        }
        assert!(Samples::default().median().is_nan());
    }

    #[test]
    fn the_largest() {
        let mut samples = Samples::default();
        [1.0, 9.0, 3.0].into_iter().for_each(|value| samples.push(value));
        assert!((samples.max() - 9.0).abs() < 1e-9);
    }

    #[test]
    fn speeds() {
        assert!((megabytes_per_second(50_000_000, 0.5) - 100.0).abs() < 1e-9);
    }
}
