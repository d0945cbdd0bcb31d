//! Figures of a series of measurements, and the machine they were made on.

use crate::tools;

/// The measurement below which a share of all lies; 0 of an empty series.
pub(super) fn quantile(series: &[f64], share: f64) -> f64 {
    let mut sorted = series.to_vec();
    sorted.sort_by(f64::total_cmp);
    let places = (0..sorted.len()).take_while(|&place| share_up_to(place, sorted.len()) < share);
    sorted
        .get(places.count())
        .or(sorted.last())
        .copied()
        .unwrap_or_default()
}

pub(super) fn median(series: &[f64]) -> f64 {
    quantile(series, 0.5)
}

fn share_up_to(place: usize, count: usize) -> f64 {
    let counted = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    counted(place + 1) / counted(count)
}

/// One line about this machine, and how busy it is.
pub(super) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let processor = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load
        .split(' ')
        .next()
        .filter(|load| !load.is_empty())
        .unwrap_or("unknown");
    let system = tools::said("uname", &["-sr"]).unwrap_or_else(|| std::env::consts::OS.to_owned());
    format!("{cores} cores, {processor}, {system}; load {load}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_measurements_of_the_series() {
        let series = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert!((median(&series) - 3.0).abs() < f64::EPSILON);
        assert!((quantile(&series, 0.99) - 5.0).abs() < f64::EPSILON);
        assert!((quantile(&[], 0.5)).abs() < f64::EPSILON);
    }
}
