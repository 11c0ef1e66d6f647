//! The servers themselves: that they begin, end, come back, and never outlive their program.

use std::net::TcpStream;

use crate::{Postgres, Redis, Stop};

fn answers(url: &str) -> bool {
    let address = url.rsplit(['@', '/']).find(|part| part.contains(':')).unwrap();
    TcpStream::connect(address).is_ok()
}

#[test]
fn postgres_comes_back_where_it_was_and_ends_with_its_owner() {
    let mut postgres = Postgres::start().unwrap();
    let url = postgres.url();
    for how in [Stop::Orderly, Stop::Kill] {
        assert!(answers(&url));
        postgres.stop(how);
        assert!(!answers(&url));
        postgres.start_again().unwrap();
    }
    let folder = postgres.folder();
    assert!(folder.is_dir());
    drop(postgres);
    assert!(!answers(&url) && !folder.exists());
}

#[test]
fn redis_comes_back_where_it_was_and_ends_with_its_owner() {
    let mut redis = Redis::start().unwrap();
    let url = redis.url();
    for how in [Stop::Orderly, Stop::Kill] {
        assert!(answers(&url));
        redis.stop(how);
        assert!(!answers(&url));
        redis.start_again().unwrap();
    }
    let folder = redis.folder();
    drop(redis);
    assert!(!answers(&url) && !folder.exists());
}
