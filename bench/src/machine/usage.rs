//! What a process and its children took.

use std::fs::read_to_string;

/// Ticks of the kernel's accounts in a second, on every Linux that we know.
const TICKS: f64 = 100.0;

/// Time on a core since the start, and memory now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Seconds, to a hundredth.
    pub(crate) cpu: f64,
    /// Resident bytes.
    pub(crate) resident: f64,
    /// The most resident bytes since the start.
    pub(crate) peak: f64,
}

impl Usage {
    /// Of this process.
    pub(crate) fn own() -> Self {
        Self::of_one(std::process::id())
    }

    /// Of that process and its children.
    pub(crate) fn of(process: u32) -> Self {
        let (mut all, mut total) = (vec![process], Self::default());
        while let Some(process) = all.pop() {
            let one = Self::of_one(process);
            total = Self {
                cpu: total.cpu + one.cpu,
                resident: total.resident + one.resident,
                peak: total.peak + one.peak,
            };
            for thread in std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten() {
                let children = read_to_string(thread.path().join("children")).unwrap_or_default();
                all.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
            }
        }
        total
    }

    fn of_one(process: u32) -> Self {
        // Behind the name in brackets, which may hold anything.
        let stat = read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let ticks = stat.rsplit_once(") ").map_or(0.0, |(_, rest)| {
            let fields = rest.split(' ').skip(11).take(2);
            fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum()
        });
        let status = read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            kilobytes.unwrap_or(0.0) * 1024.0
        };
        Self { cpu: ticks / TICKS, resident: bytes("VmRSS:"), peak: bytes("VmHWM:") }
    }
}
