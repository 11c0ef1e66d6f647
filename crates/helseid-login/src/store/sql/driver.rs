//! How sqlx's drivers run statements, and what their errors mean.

use super::super::StoreError;

/// No room on the disk: SQLITE_FULL, and PostgreSQL's `disk_full`.
const FULL: [&str; 2] = ["13", "53100"];

/// The error of a driver. What a database says can repeat a value, so that its code alone is told.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) => match database.code() {
            Some(code) if FULL.contains(&&*code) => StoreError::Full,
            Some(code) => StoreError::Away(format!("the database answers with error {code}")),
            None => StoreError::Away("the database answers with an error".to_owned()),
        },
        sqlx::Error::ColumnDecode { index, .. } => StoreError::Unreadable(format!("column {index}")),
        sqlx::Error::PoolTimedOut => StoreError::Away("no connection became free in time".to_owned()),
        sqlx::Error::Io(why) => StoreError::Away(why.kind().to_string()),
        sqlx::Error::Tls(_) => StoreError::Away("TLS failed".to_owned()),
        _ => StoreError::Away("the database does not answer".to_owned()),
    }
}

/// Lets a driver run statements. Its types have the same methods as the other's, but no trait in common that says so.
macro_rules! driver {
    ($database:ty, $arguments:ty, $row:ty) => {
        fn query(
            statement: $crate::store::sql::statement::Statement,
        ) -> sqlx::query::Query<'static, $database, $arguments> {
            use $crate::store::sql::statement::Value;
            statement.values.into_iter().fold(sqlx::query(statement.sql), |query, value| match value {
                Value::Text(value) => query.bind(value),
                Value::OptionalText(value) => query.bind(value),
                Value::Integer(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            })
        }

        impl $crate::store::sql::statement::Row for $row {
            fn text(&self, column: &str) -> Result<String, $crate::store::StoreError> {
                sqlx::Row::try_get(self, column).map_err($crate::store::sql::driver::failed)
            }

            fn integer(&self, column: &str) -> Result<i64, $crate::store::StoreError> {
                sqlx::Row::try_get(self, column).map_err($crate::store::sql::driver::failed)
            }

            fn bytes(&self, column: &str) -> Result<Vec<u8>, $crate::store::StoreError> {
                sqlx::Row::try_get(self, column).map_err($crate::store::sql::driver::failed)
            }
        }
    };
}

pub(super) use driver;
