#![no_main]
//! The files of used ids, as the next process reads them: whatever is in them, no id that they hold is new.

use helseid_protocol::dpop::{Claim, UsedIds, UsedRecord};
use helseid_protocol::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let records = || bytes.as_chunks::<{ UsedRecord::BYTES }>().0.iter();
    let mut used = UsedIds::default();
    for bytes in records() {
        let record = UsedRecord::from_bytes(*bytes);
        assert_eq!(record.to_bytes(), *bytes);
        used.recall(record, NOW, 100);
    }
    assert!(used.held() <= 100 && used.forgotten().count() <= 32);
    for bytes in records() {
        if let UsedRecord::Used { id, until } = UsedRecord::from_bytes(*bytes) {
            for now in [NOW, until, Timestamp::from_seconds(until.seconds().saturating_sub(60))] {
                assert_ne!(used.put(id, until, now, usize::MAX), Claim::First, "it was used");
            }
        }
    }
});
