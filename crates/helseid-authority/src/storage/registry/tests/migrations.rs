//! Databases of every older version are brought up to date with all that they hold.

use helseid_admin_api::{LoginSettings, TestProvider};
use helseid_files::{Readers, create};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::storage::registry::migrations::migrator;
use crate::storage::registry::sqlite::MIGRATIONS;
use crate::storage::registry::{Folder, Sqlite, Store, StoreError};

/// Rows as each version wrote them; a new version adds a file.
const ROWS: &[&str] = &[
    include_str!("../../../../tests/data/registry_1.sql"),
    include_str!("../../../../tests/data/registry_2.sql"),
    include_str!("../../../../tests/data/registry_3.sql"),
    include_str!("../../../../tests/data/registry_4.sql"),
    include_str!("../../../../tests/data/registry_5.sql"),
    include_str!("../../../../tests/data/registry_6.sql"),
];

/// The settings of the client in the rows of the version that brought login, or of a newer one.
fn login_of(has_more_settings: bool) -> LoginSettings {
    let settings = r#"{
        "redirect_uris": ["https://app.example/callback", "com.example.app:/callback"],
        "post_logout_redirect_uris": ["http://localhost:3000/"],
        "backchannel_logout_uri": "https://app.example/logout",
        "id_token_lifetime_seconds": 300,
        "refresh_token_lifetime_seconds": 28800,
        "refresh_token_usage": "reusable",
        "refresh_grace_seconds": 0
    }"#;
    let login: LoginSettings = serde_json::from_str(settings).unwrap();
    match has_more_settings {
        true => LoginSettings {
            require_par: Some(false),
            require_dpop: Some(true),
            require_signed_requests: true,
            identity_providers: vec![TestProvider::TestIdp].try_into().unwrap(),
            ..login
        },
        false => login,
    }
}

/// Whether what the rows of this version of several say is there.
pub(super) async fn holds_the_rows(store: &dyn Store, (version, newest): (usize, usize)) {
    let contents = store.delta(None).await.unwrap().unwrap();
    let rest = contents.rest.unwrap();
    let client = &contents.clients[0];
    assert_eq!((client.id.as_str(), client.name.as_str()), ("old", "Bjørn"), "version {version}");
    assert!(client.approved && client.enabled && client.keys.len() == 1);
    // Login came two versions before the newest, and persons with more settings one before it, in both databases.
    let (has_login, has_persons) = (version + 2 >= newest, version + 1 >= newest);
    let (grants, login) = match has_login {
        true => ("authorization_code refresh_token", login_of(has_persons)),
        // A client of an older version may do what it could.
        false => ("client_credentials", LoginSettings::default()),
    };
    assert_eq!(
        (client.grant_types.to_string().as_str(), &client.login),
        (grants, &login),
        "version {version}"
    );
    let listed = usize::from(has_login);
    assert_eq!((client.own_audiences.len(), client.may_be_exchanged_by.len()), (listed, listed));
    let names: Vec<_> = rest.persons.iter().map(|entry| entry.person.name.full()).collect();
    assert_eq!(names, vec!["Åse Nordhøy"; usize::from(has_persons)], "version {version}");
    assert_eq!(rest.apis[0].audience.as_str(), "my:api");
    assert_eq!((rest.organisations.len(), rest.delegations.len()), (1, 1));
    let keys = store.signing_keys().await.unwrap();
    assert_eq!((keys[0].kid.as_str(), keys[0].jwk.expose(), keys[0].retires), ("K", "{}", None));
    assert_eq!(store.setting("filled").await.unwrap().as_deref(), Some("yes"));
}

#[tokio::test]
async fn each_older_version_is_brought_up_to_date() {
    assert_eq!(ROWS.len(), MIGRATIONS.len(), "a version without rows of its own");
    for (version, rows) in (1..).zip(ROWS) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("data")).unwrap();
        let file = folder.file("registry.sqlite");
        create(&file, b"", Readers::Owner).unwrap();
        let options = SqliteConnectOptions::new().filename(&file);
        let old = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        migrator(&MIGRATIONS[..version]).run(&old).await.unwrap();
        sqlx::raw_sql(*rows).execute(&old).await.unwrap();
        old.close().await;

        let store = Sqlite::open(&folder, None).await.unwrap();
        holds_the_rows(&store, (version, ROWS.len())).await;
    }
}

/// What a database consists of: what made its tables and indexes, its versions, and the rows that are there from the beginning.
async fn made(pool: &SqlitePool) -> [Vec<String>; 3] {
    let schema = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    let versions =
        "SELECT concat(version, description, success, hex(checksum)) FROM _sqlx_migrations ORDER BY version";
    let counts = "SELECT concat('SELECT ''', name, ': '' || count(*) FROM ', name) FROM sqlite_schema
                  WHERE type = 'table' ORDER BY name";
    let mut counts: Vec<String> = sqlx::query_scalar(counts).fetch_all(pool).await.unwrap();
    for count in &mut counts {
        let text = sqlx::AssertSqlSafe(std::mem::take(count));
        *count = sqlx::query_scalar(text).fetch_one(pool).await.unwrap();
    }
    counts.push(sqlx::query_scalar("SELECT 'version ' || n FROM version").fetch_one(pool).await.unwrap());
    let schema: Vec<String> = sqlx::query_scalar(schema).fetch_all(pool).await.unwrap();
    let in_one_line = |sql: &String| {
        let words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        words.replace(" ,", ",").replace("( ", "(").replace(" )", ")")
    };
    [
        schema.iter().map(in_one_line).collect(),
        sqlx::query_scalar(versions).fetch_all(pool).await.unwrap(),
        counts,
    ]
}

#[tokio::test]
async fn a_new_database_is_what_all_versions_make_one_after_the_other() {
    let options = SqliteConnectOptions::new().in_memory(true);
    let stepwise = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    migrator(MIGRATIONS).run(&stepwise).await.unwrap();
    let at_once = Sqlite::in_memory().await.unwrap();
    let [schema, versions, counts] = made(&at_once.database.0).await;
    assert_eq!([&schema, &versions, &counts], made(&stepwise).await.each_ref());
    assert!(schema.iter().any(|sql| sql.starts_with("CREATE TABLE client (id TEXT")), "{schema:?}");
    assert_eq!(versions.len(), MIGRATIONS.len());
    assert!(counts.contains(&"version 0".to_owned()), "{counts:?}");
}

#[tokio::test]
async fn tables_that_cannot_all_be_made_leave_the_database_empty() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(&place.path().join("data")).unwrap();
    // Each table and each index takes a page, those of the migrations' own table among them.
    let mut pages = 4;
    let store = loop {
        match Sqlite::open(&folder, Some(pages * 4096)).await {
            // With room for them all it is a new one still.
            Ok(store) => break store,
            Err(refused) => assert!(matches!(refused, StoreError::Full), "{pages} pages: {refused:?}"),
        }
        pages += 1;
    };
    assert!(pages > 30, "{pages}");
    assert_eq!(made(&store.database.0).await[1].len(), MIGRATIONS.len());
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(&place.path().join("data")).unwrap();
    drop(Sqlite::open(&folder, None).await.unwrap());
    let options = SqliteConnectOptions::new().filename(folder.file("registry.sqlite"));
    let newer = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let row = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
               VALUES (999, 'later', 1, x'00', 0)";
    sqlx::raw_sql(row).execute(&newer).await.unwrap();
    newer.close().await;
    let refused = Sqlite::open(&folder, None).await;
    assert!(matches!(refused, Err(StoreError::Migration(_))), "{refused:?}");
}
