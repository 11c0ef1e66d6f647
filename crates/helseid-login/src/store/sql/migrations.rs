//! The versions of a database's tables, each made from the one before.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Where it is noted which versions are there: not in the table that an app's own migrations have.
const TABLE: &str = "helseid_login_migrations";

/// Brings a database up to date, step by step; of several processes at once, one does and the others wait.
pub(super) fn migrator(migrations: &[(&'static str, &'static str)]) -> Migrator {
    let numbered = (1..).zip(migrations).map(|(number, (name, sql))| {
        Migration::new(number, Cow::Borrowed(*name), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(numbered.collect());
    migrator.dangerous_set_table_name(TABLE);
    migrator
}
