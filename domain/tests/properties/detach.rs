//! The scan for the keys that end a session.

use domain::{DetachKeys, DetachScan};
use proptest::collection::vec;
use proptest::prelude::{Strategy, prop_assert_eq, proptest};

/// A sequence of `a` and `b`, and input of `a`, `b` and `c`, so that near misses are common.
fn sequence() -> impl Strategy<Value = String> {
    vec("[ab]", 1..5).prop_map(|keys| keys.join(","))
}

proptest! {
    #[test]
    fn nothing_is_lost_wherever_the_input_is_cut(keys in sequence(), input in "[abc]{0,40}", cuts in vec(0..41_usize, 0..8)) {
        let wanted: Vec<u8> = keys.bytes().filter(|byte| *byte != b',').collect();
        let input = input.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).chain([0, input.len()]).collect();
        cuts.sort_unstable();
        let mut scan = DetachScan::new(DetachKeys::parse(&keys).unwrap());
        let (mut passed, mut found) = (Vec::new(), false);
        for piece in cuts.windows(2).map(|ends| &input[ends[0]..ends[1]]) {
            let (pass, done) = scan.feed(piece);
            passed.extend(pass);
            if done {
                found = true;
                break;
            }
        }
        let position = input.windows(wanted.len()).position(|window| window == wanted);
        prop_assert_eq!(found, position.is_some());
        match position {
            Some(position) => prop_assert_eq!(&passed[..], &input[..position], "everything before the sequence, and nothing of it"),
            None => prop_assert_eq!([&passed[..], scan.rest()].concat(), input),
        }
    }
}
