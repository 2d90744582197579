//! The test lends its server to the threads of a scope, and stays the owner.

use std::thread;

use mock_swr::{MockSwr, Op};

use crate::client::create_repo;

#[test]
fn one_of_several_threads_creates_the_repository() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");

    let statuses = thread::scope(|scope| {
        let create =
            || create_repo(swr.endpoint(), &swr.user("admin").token(), "group/web").as_u16();
        let threads = [(); 4].map(|()| scope.spawn(create));
        threads.map(|thread| thread.join().unwrap())
    });

    let count = |status: u16| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((count(201), count(409)), (1, 3));
    swr.verify(Op::CreateRepo).answered(201).once();
}
