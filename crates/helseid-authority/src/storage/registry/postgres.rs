//! The registry in PostgreSQL, which any number of replicas share.

use std::io::ErrorKind;
use std::str::FromStr as _;
use std::time::Duration;

use helseid_protocol::id::is_loopback_host;
use sqlx::PgPool;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow, PgSslMode};
use url::Url;

use super::driver::{driver, failed};
use super::migrations::migrator;
use super::sql::Sql;
use super::statement::{Database, Hold, Purpose};
use super::{StoreError, Stored};
use crate::storage::sealing::Sealer;

/// The registry in PostgreSQL.
#[derive(Debug)]
pub(crate) struct Postgres(PgPool);

/// The most connections of one replica. The hot path has none.
const CONNECTIONS: u32 = 8;

/// How long a change waits for a connection, and for the database's answer.
const PATIENCE: Duration = Duration::from_secs(5);

impl Postgres {
    /// Connects, brings the tables up to date, and reseals what an older secret has sealed.
    pub(crate) async fn open(url: &str, sealer: Sealer) -> Result<Sql<Self>, StoreError> {
        let options = options(url)?;
        // A server that is gone without a word must not hold a change, nor a dead replica the others'.
        let patience = PATIENCE.as_millis().to_string();
        let options = options.application_name("helseid-authority").options([
            ("statement_timeout", patience.as_str()),
            ("lock_timeout", patience.as_str()),
            ("idle_in_transaction_session_timeout", patience.as_str()),
        ]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        let pool = pool.connect_with(options).await.map_err(not_reached)?;
        migrator(MIGRATIONS).run(&pool).await.map_err(|why| StoreError::Migration(why.to_string()))?;
        let store = Sql::new(Self(pool), Some(sealer));
        store.reseal().await?;
        Ok(store)
    }
}

/// Reads the address. Nothing of it is shown: it may hold a password.
///
/// Off this machine, a mode that is weaker than `verify-full` must be named there: whoever is on the way could say that
/// there is no TLS, and would be given the password and all that is registered.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let unreadable = |_| {
        StoreError::Database("its address cannot be read; sslmode is one of disable, prefer, require, verify-ca and verify-full".to_owned())
    };
    let options = PgConnectOptions::from_str(url).map_err(unreadable)?;
    if is_here(&options) {
        return Ok(options);
    }
    // Not that of PGSSLMODE, which is for other programs, and of which nobody knows here whether it was meant.
    let is_named = Url::parse(url)
        .is_ok_and(|url| url.query_pairs().any(|(name, _)| name == "sslmode" || name == "ssl-mode"));
    match options.get_ssl_mode() {
        PgSslMode::VerifyFull => Ok(options),
        _ if !is_named => Ok(options.ssl_mode(PgSslMode::VerifyFull)),
        weaker => {
            let host = options.get_host();
            tracing::warn!(%host, mode = ?weaker, "anyone on the network to PostgreSQL can read or change what is stored; sslmode=verify-full prevents that");
            Ok(options)
        }
    }
}

/// Whether nobody is on the way: a Unix socket, or the loopback.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some() || host.starts_with('/') || is_loopback_host(host)
}

/// A first connection that failed; what TLS has against it is told apart.
fn not_reached(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Tls(why) => StoreError::Tls(why.to_string()),
        sqlx::Error::Io(why) if why.kind() == ErrorKind::InvalidData => StoreError::Tls(why.to_string()),
        other => failed(other),
    }
}

/// Each version of the tables, from the first on. One that was released is never changed.
pub(super) const MIGRATIONS: &[(&str, &str)] = &[
    ("registry", include_str!("../../../migrations/postgres/0001_registry.sql")),
    ("login", include_str!("../../../migrations/postgres/0002_login.sql")),
    ("persons", include_str!("../../../migrations/postgres/0003_persons.sql")),
    ("login ending", include_str!("../../../migrations/postgres/0004_login_ending.sql")),
];

impl Database for Postgres {
    type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

    fn begin(&self, purpose: Purpose) -> Stored<'_, Self::Transaction> {
        let begin = match purpose {
            Purpose::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            // What waits for the row of versions then sees what was committed meanwhile.
            Purpose::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        Box::pin(async move { self.0.begin_with(begin).await.map_err(failed) })
    }

    /// Its commits last from the first on, as its own configuration has it.
    fn make_durable(&self) -> Stored<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

/// The lock on a name. Two names of one hash wait for each other, which costs time alone.
const fn name_lock(hold: Hold) -> Option<&'static str> {
    Some(match hold {
        Hold::WithOthers => "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))",
        Hold::Alone => "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
    })
}

driver!(sqlx::Postgres, PgArguments, PgRow, name_lock);

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use std::io::{Read as _, Write as _};

    use super::*;
    use crate::storage::sealing::SharedSecret;

    fn mode(address: &str) -> String {
        format!("{:?}", options(address).unwrap().get_ssl_mode())
    }

    #[test]
    fn off_this_machine_a_weaker_mode_than_verify_full_must_be_named() {
        let off = [
            "db.example",
            "10.0.0.1",
            "[2001:db8::1]",
            "0.0.0.0",
            "localhost.example",
            "127.0.0.1.example",
            "x.localhost",
        ];
        for host in off {
            assert_eq!(mode(&format!("postgres://me:secret@{host}/helseid")), "VerifyFull", "{host}");
            for (named, expected) in [
                ("require", "Require"),
                ("disable", "Disable"),
                ("prefer", "Prefer"),
                ("verify-ca", "VerifyCa"),
            ] {
                assert_eq!(mode(&format!("postgres://{host}/helseid?sslmode={named}")), expected, "{host}");
            }
        }
        assert_eq!(mode("postgres://127.0.0.1/helseid?host=db.example"), "VerifyFull");
        assert_eq!(mode("postgres://localhost/helseid?hostaddr=10.0.0.1"), "VerifyFull");
        for here in ["localhost", "LOCALHOST:5433", "127.0.0.1", "127.8.8.8", "[::1]", "%2Frun%2Fpostgresql"]
        {
            assert_eq!(mode(&format!("postgres://me:secret@{here}/helseid")), "Prefer", "{here}");
        }
        assert_eq!(mode("postgres:///helseid?host=/run/postgresql"), "Prefer");
        assert_eq!(mode("postgres://localhost/helseid?sslmode=verify-full"), "VerifyFull");
        let refused =
            options("postgres://me:secret@db.example/helseid?sslmode=verify").unwrap_err().to_string();
        assert!(refused.contains("sslmode") && !refused.contains("secret"), "{refused}");
    }

    #[test]
    fn a_weaker_mode_off_this_machine_is_warned_of() {
        use std::sync::Mutex;
        use tracing_subscriber::fmt::MakeWriter as _;

        let name = "storage::registry::postgres::tests::a_weaker_mode_off_this_machine_is_warned_of";
        if !helseid_test_services::is_alone(name) {
            return;
        }
        for (address, is_warned) in [
            ("postgres://me:secret@db.example/helseid", false),
            ("postgres://me:secret@db.example/helseid?sslmode=verify-full", false),
            ("postgres://me:secret@localhost/helseid?sslmode=disable", false),
            ("postgres://me:secret@db.example/helseid?sslmode=verify-ca", true),
            ("postgres://me:secret@db.example/helseid?sslmode=disable", true),
        ] {
            let written: &Mutex<Vec<u8>> = Box::leak(Box::default());
            let log = tracing_subscriber::fmt().with_ansi(false).with_writer(|| written.make_writer());
            tracing::subscriber::with_default(log.finish(), || options(address).unwrap());
            let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
            assert_eq!(text.contains("sslmode=verify-full prevents that"), is_warned, "{address} {text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }

    /// What somebody on the way is told who says that there is no TLS.
    fn who_says_no() -> (u16, std::thread::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 8];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(b"N").unwrap();
            // AuthenticationCleartextPassword, for whoever goes on.
            let _ = stream.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3]);
            let mut told = Vec::new();
            let _ = stream.read_to_end(&mut told);
            told
        });
        (port, told)
    }

    #[tokio::test]
    async fn who_says_that_there_is_no_tls_is_told_nothing() {
        let (port, told) = who_says_no();
        // An address that leads to this machine, and is none of the loopback.
        let address = format!("postgres://me:secret@0.0.0.0:{port}/helseid");
        let sealer = SharedSecret::parse(&"A".repeat(43)).unwrap().sealer();
        let refused = Postgres::open(&address, sealer).await.err();
        assert!(matches!(refused, Some(StoreError::Tls(_))), "{refused:?}");
        assert_eq!(told.join().unwrap(), b"");
    }
}
