//! Variables of the environment that are no argument's.

use std::ffi::OsString;

/// A variable, without what is around its value; one that is set and blank counts as unset.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    let value = std::env::var_os(name)?;
    let trimmed = value.to_str().map_or_else(|| value.clone(), |text| text.trim().into());
    (!trimmed.is_empty()).then_some(trimmed)
}

/// The same of text; what is not UTF-8 counts as unset.
pub(crate) fn text(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}
