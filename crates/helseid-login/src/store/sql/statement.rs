//! SQL that both databases understand, with its values; and rows as both give them.

use super::super::{StoreError, Stored};

/// A statement and the values of `$1`, `$2`, and so on.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value>,
}

/// What columns hold.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    OptionalText(Option<String>),
    Integer(i64),
    Bytes(Vec<u8>),
}

impl Statement {
    pub(super) const fn new(sql: &'static str) -> Self {
        Self { sql, values: Vec::new() }
    }

    pub(super) fn text(self, value: impl Into<String>) -> Self {
        self.with(Value::Text(value.into()))
    }

    pub(super) fn optional_text(self, value: Option<String>) -> Self {
        self.with(Value::OptionalText(value))
    }

    pub(super) fn integer(self, value: i64) -> Self {
        self.with(Value::Integer(value))
    }

    pub(super) fn bytes(self, value: &[u8]) -> Self {
        self.with(Value::Bytes(value.to_owned()))
    }

    fn with(mut self, value: Value) -> Self {
        self.values.push(value);
        self
    }
}

/// A row, by the names of its columns.
pub(super) trait Row: Send + Sync {
    fn text(&self, column: &str) -> Result<String, StoreError>;
    fn integer(&self, column: &str) -> Result<i64, StoreError>;
    fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError>;
}

/// A database that runs statements.
pub(super) trait Database: Send + Sync + 'static {
    type Row: Row;
    type Transaction: Transaction;

    /// Runs one statement by itself: how many rows it changed.
    fn run(&self, statement: Statement) -> Stored<'_, u64>;

    /// Runs one statement by itself: the rows that it gives.
    fn rows(&self, statement: Statement) -> Stored<'_, Vec<Self::Row>>;

    /// Begins a transaction that writes. Of two that have a name in common, one waits for the other's end.
    fn write<'a>(&'a self, names: &'a [String]) -> Stored<'a, Self::Transaction>;
}

/// Statements that are run together or not at all: dropped before its commit, it has done nothing.
pub(super) trait Transaction: Send {
    /// How many rows it changed.
    fn run(&mut self, statement: Statement) -> Stored<'_, u64>;
    fn commit(self) -> Stored<'static, ()>;
    /// Ends it without having done anything, and gives its connection back.
    fn undo(self) -> Stored<'static, ()>;
}
