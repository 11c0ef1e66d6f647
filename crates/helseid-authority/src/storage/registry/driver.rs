//! How sqlx's drivers run statements, and what their errors mean.

use super::StoreError;

/// No room on the disk: SQLITE_FULL, and PostgreSQL's `disk_full`.
const FULL: [&str; 2] = ["13", "53100"];

/// The error of a driver. None of them holds a value or a password.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    match error.as_database_error().and_then(|error| error.code()) {
        Some(code) if FULL.contains(&&*code) => StoreError::Full,
        _ => StoreError::Database(error.to_string()),
    }
}

/// Lets a driver run statements. Its types have the same methods as the other's, but no trait in common that says so.
macro_rules! driver {
    ($database:ty, $arguments:ty, $row:ty, $name_lock:expr) => {
        impl $crate::storage::registry::statement::Transaction for sqlx::Transaction<'static, $database> {
            type Row = $row;

            fn run(
                &mut self,
                statement: $crate::storage::registry::statement::Statement,
            ) -> $crate::storage::registry::Stored<'_, ()> {
                Box::pin(async move { query(statement).execute(&mut **self).await.map_err(failed).map(drop) })
            }

            fn rows(
                &mut self,
                statement: $crate::storage::registry::statement::Statement,
            ) -> $crate::storage::registry::Stored<'_, Vec<$row>> {
                Box::pin(async move { query(statement).fetch_all(&mut **self).await.map_err(failed) })
            }

            fn hold<'a>(
                &'a mut self,
                hold: $crate::storage::registry::statement::Hold,
                name: &str,
            ) -> $crate::storage::registry::Stored<'a, ()> {
                let lock: fn($crate::storage::registry::statement::Hold) -> Option<&'static str> = $name_lock;
                let lock = lock(hold);
                let lock =
                    lock.map(|lock| $crate::storage::registry::statement::Statement::new(lock).text(name));
                Box::pin(async move {
                    match lock {
                        Some(lock) => self.run(lock).await,
                        None => Ok(()),
                    }
                })
            }

            fn commit(self) -> $crate::storage::registry::Stored<'static, ()> {
                Box::pin(async { Self::commit(self).await.map_err(failed) })
            }
        }

        fn query(
            statement: $crate::storage::registry::statement::Statement,
        ) -> sqlx::query::Query<'static, $database, $arguments> {
            use $crate::storage::registry::statement::Value;
            statement.values.into_iter().fold(sqlx::query(statement.sql), |query, value| match value {
                Value::Text(value) => query.bind(value),
                Value::OptionalText(value) => query.bind(value),
                Value::Integer(value) => query.bind(value),
                Value::OptionalInteger(value) => query.bind(value),
                Value::Flag(value) => query.bind(value),
            })
        }

        impl $crate::storage::registry::statement::Row for $row {
            fn text(&self, column: &str) -> Result<String, $crate::storage::registry::statement::InvalidRow> {
                sqlx::Row::try_get(self, column).map_err($crate::storage::registry::statement::InvalidRow::of)
            }

            fn optional_text(
                &self,
                column: &str,
            ) -> Result<Option<String>, $crate::storage::registry::statement::InvalidRow> {
                sqlx::Row::try_get(self, column).map_err($crate::storage::registry::statement::InvalidRow::of)
            }

            fn integer(&self, column: &str) -> Result<i64, $crate::storage::registry::statement::InvalidRow> {
                sqlx::Row::try_get(self, column).map_err($crate::storage::registry::statement::InvalidRow::of)
            }

            fn optional_integer(
                &self,
                column: &str,
            ) -> Result<Option<i64>, $crate::storage::registry::statement::InvalidRow> {
                sqlx::Row::try_get(self, column).map_err($crate::storage::registry::statement::InvalidRow::of)
            }

            fn flag(&self, column: &str) -> Result<bool, $crate::storage::registry::statement::InvalidRow> {
                sqlx::Row::try_get(self, column).map_err($crate::storage::registry::statement::InvalidRow::of)
            }
        }
    };
}

pub(super) use driver;
