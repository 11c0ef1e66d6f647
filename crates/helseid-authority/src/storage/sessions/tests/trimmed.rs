//! What has expired is removed while the authority runs.

use std::sync::atomic::AtomicI64;

use tokio::sync::watch;

use super::*;

#[tokio::test(start_paused = true)]
async fn sessions_are_removed_a_day_after_they_expired_at_once_and_each_hour_until_the_stop() {
    const DAY: i64 = 86_400;
    let (store, clock) = (Arc::new(MemorySessions::default()), Arc::new(AtomicI64::new(at(DAY).seconds())));
    for (id, expires) in [("first", 0), ("second", 3600), ("third", 7200)] {
        let session = Session { expires: at(expires), ..session(id) };
        assert_eq!(store.create_session(&session).await.unwrap(), Applied::Done);
    }
    let left = async || {
        let mut left = Vec::new();
        for id in ["first", "second", "third"] {
            left.extend(store.look_up_session(&name(id)).await.unwrap().map(|_| id));
        }
        left
    };
    let told = clock.clone();
    let now = Arc::new(move || Timestamp::from_seconds(told.load(Ordering::SeqCst)));
    let (stop, stopped) = watch::channel(false);
    let trims = tokio::spawn(trim(store.clone(), now, stopped));
    // The time of the test stands still, but where nothing else is left to do.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(left().await, ["second", "third"], "at once");
    tokio::time::sleep(Duration::from_secs(3598)).await;
    assert_eq!(left().await, ["second", "third"]);
    clock.fetch_add(3600, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(left().await, ["third"]);
    clock.fetch_add(3600, Ordering::SeqCst);
    stop.send(true).unwrap();
    trims.await.unwrap();
    assert_eq!(left().await, ["third"]);
}
