//! What the registry holds, and changes of it: plain data.

pub(crate) mod change;
pub(crate) mod model;
