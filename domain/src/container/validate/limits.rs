//! Limits that make no sense.

use super::invalid;
use crate::{Resources, Result};

/// The least memory a container can have, in bytes.
const LEAST_MEMORY: i64 = 6 << 20;

/// The highest number of a CPU or memory node that dockerd reads (moby `parsers.ParseUintListMaximum`).
const HIGHEST_CPU: u32 = 8192;

impl Resources {
    /// Refuses limits that make no sense (moby `daemon/daemon_unix.go`, `verifyPlatformContainerResources`).
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] with dockerd's text.
    pub fn check(&self) -> Result<()> {
        self.check_memory()?;
        self.check_cpu()?;
        check_set(&self.cpuset_cpus, "cpus")?;
        check_set(&self.cpuset_mems, "mems")?;
        if self.blkio_weight > 0 && !(10..=1000).contains(&self.blkio_weight) {
            return invalid("Range of blkio weight is from 10 to 1000");
        }
        if self.io_maximum_bandwidth != 0 {
            return invalid("Invalid QoS settings: linux does not support configuration of maximum bandwidth");
        }
        if self.io_maximum_iops != 0 {
            return invalid("Invalid QoS settings: linux does not support configuration of maximum IOPs");
        }
        Ok(())
    }

    fn check_memory(&self) -> Result<()> {
        let Self { memory, memory_swap, memory_reservation, memory_swappiness, .. } = *self;
        if memory != 0 && memory < LEAST_MEMORY {
            return invalid("Minimum memory limit allowed is 6MB");
        }
        if memory > 0 && memory_swap > 0 && memory_swap < memory {
            return invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
        }
        if memory == 0 && memory_swap > 0 {
            return invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
        }
        if let Some(percent) = memory_swappiness.filter(|percent| !(-1..=100).contains(percent)) {
            return invalid(format!("Invalid value: {percent}, valid memory swappiness range is 0-100"));
        }
        if memory_reservation > 0 && memory_reservation < LEAST_MEMORY {
            return invalid("Minimum memory reservation allowed is 6MB");
        }
        if memory > 0 && memory_reservation > memory {
            return invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
        }
        Ok(())
    }

    fn check_cpu(&self) -> Result<()> {
        let Self { nano_cpus, cpu_period, cpu_quota, .. } = *self;
        if nano_cpus > 0 && cpu_period > 0 {
            return invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set");
        }
        if nano_cpus > 0 && cpu_quota > 0 {
            return invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
        }
        if nano_cpus < 0 {
            return invalid("Range of CPUs starts at 0.01");
        }
        if cpu_period != 0 && !(1_000..=1_000_000).contains(&cpu_period) {
            return invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
        }
        if cpu_quota > 0 && cpu_quota < 1_000 {
            return invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
        }
        Ok(())
    }
}

/// Reads `0-3,5` (moby `parsers.ParseUintListMaximum`).
fn check_set(text: &str, what: &str) -> Result<()> {
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) else {
            return invalid(format!("Invalid value {text} for cpuset {what}: invalid format: {text}"));
        };
        if last < first {
            return invalid(format!("Invalid value {text} for cpuset {what}: invalid format: {text}"));
        }
        if last > HIGHEST_CPU {
            return invalid(format!("Invalid value {text} for cpuset {what}: value of out range, maximum is {HIGHEST_CPU}"));
        }
    }
    Ok(())
}
