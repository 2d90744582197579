//! A runtime that is not tokio. The server has its own threads, so waits work on every executor.

use mock_swr::{MockSwr, Op};

use crate::client::create_repo;

#[test]
fn a_repository_is_created_on_smol() {
    smol::block_on(async {
        let swr = MockSwr::start();
        swr.seed_namespace("group");
        swr.on(Op::CreateRepo, [503, 503]);
        let (endpoint, token) = (swr.endpoint().to_owned(), swr.user("admin").token());

        let client = smol::unblock(move || create_repo(&endpoint, &token, "group/web"));
        let client = smol::spawn(client);
        swr.wait_until("the repository exists", |swr| {
            swr.repo("group/web").exists()
        })
        .await;

        assert_eq!(client.await, 201);
        swr.verify(Op::CreateRepo).times(3);
    });
}
