//! What the tests of the endpoints share.

pub(super) mod world;
