//! SQL that both databases understand, with its values; and rows as both give them.

use super::{StoreError, Stored};

/// Why a row cannot be read. Another row may well be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InvalidRow(String);

impl InvalidRow {
    pub(crate) fn of(why: impl std::fmt::Display) -> Self {
        Self(why.to_string())
    }
}

/// Where one row is all that there is.
impl From<InvalidRow> for StoreError {
    fn from(why: InvalidRow) -> Self {
        Self::Unreadable { what: "row", why: why.0 }
    }
}

/// A statement and the values of `$1`, `$2`, and so on.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: &'static str,
    pub(crate) values: Vec<Value>,
}

/// What columns hold.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    OptionalText(Option<String>),
    Integer(i64),
    OptionalInteger(Option<i64>),
    Flag(bool),
}

impl Statement {
    pub(crate) const fn new(sql: &'static str) -> Self {
        Self { sql, values: Vec::new() }
    }

    pub(crate) fn text(self, value: impl Into<String>) -> Self {
        self.with(Value::Text(value.into()))
    }

    pub(crate) fn optional_text(self, value: Option<impl Into<String>>) -> Self {
        self.with(Value::OptionalText(value.map(Into::into)))
    }

    pub(crate) fn integer(self, value: i64) -> Self {
        self.with(Value::Integer(value))
    }

    pub(crate) fn optional_integer(self, value: Option<i64>) -> Self {
        self.with(Value::OptionalInteger(value))
    }

    pub(crate) fn flag(self, value: bool) -> Self {
        self.with(Value::Flag(value))
    }

    fn with(mut self, value: Value) -> Self {
        self.values.push(value);
        self
    }
}

/// A row, by the names of its columns.
pub(crate) trait Row: Send + Sync {
    fn text(&self, column: &str) -> Result<String, InvalidRow>;
    fn optional_text(&self, column: &str) -> Result<Option<String>, InvalidRow>;
    fn integer(&self, column: &str) -> Result<i64, InvalidRow>;
    fn optional_integer(&self, column: &str) -> Result<Option<i64>, InvalidRow>;
    fn flag(&self, column: &str) -> Result<bool, InvalidRow>;
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// All that it reads is of one moment.
    Read,
    Write,
}

/// How a transaction holds a name that may stand for no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// With others that hold it so.
    WithOthers,
    /// As the only one.
    Alone,
}

/// A database that runs statements.
pub(crate) trait Database: Send + Sync + 'static {
    type Transaction: Transaction;

    fn begin(&self, purpose: Purpose) -> Stored<'_, Self::Transaction>;
    /// See [`super::Store::make_durable`].
    fn make_durable(&self) -> Stored<'_, ()>;
}

/// Statements that are run together or not at all: dropped before its commit, it has done nothing.
pub(crate) trait Transaction: Send {
    type Row: Row;

    fn run(&mut self, statement: Statement) -> Stored<'_, ()>;
    fn rows(&mut self, statement: Statement) -> Stored<'_, Vec<Self::Row>>;
    /// Waits for whoever holds this name otherwise, and holds it until the end of the transaction.
    fn hold<'a>(&'a mut self, hold: Hold, name: &str) -> Stored<'a, ()>;
    fn commit(self) -> Stored<'static, ()>;
}
