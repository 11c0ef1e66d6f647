/// Set in the process in which a test is alone.
const ALONE: &str = "HELSEID_TEST_ALONE";

/// Whether the test of this name is alone in its process, which it must be where it reads a log or measures the process: who
/// listens to a line is remembered for all tests of one. If it is not, it has passed in a process of its own when this returns.
///
/// # Panics
///
/// Where it did not pass there, or where there is no such test, for which the test runner ends well too.
#[must_use]
pub fn is_alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let program = std::env::current_exe().unwrap_or_default();
    let mut alone = std::process::Command::new(program);
    let output = alone.args(["--exact", test, "--nocapture"]).env(ALONE, "1").output();
    let passed = output.as_ref().is_ok_and(|output| {
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed")
    });
    let said =
        output.map(|output| String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned());
    assert!(
        passed,
        "{test} did not pass in a process of its own: {}",
        said.unwrap_or_else(|why| why.to_string())
    );
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_does_not_exist_has_not_passed() {
        if std::env::var_os(ALONE).is_none() {
            assert!(std::panic::catch_unwind(|| is_alone("alone::tests::of_no_such_name")).is_err());
            assert!(!is_alone("alone::tests::a_test_that_does_not_exist_has_not_passed"));
        }
    }
}
