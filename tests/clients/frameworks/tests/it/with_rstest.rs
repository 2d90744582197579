//! A fixture starts the server of each case. The case owns it, so dropping it at the end judges the case.

use mock_swr::{Answer, MockSwr, Op, Refusal};
use rstest::{fixture, rstest};

use crate::client::create_repo;

#[fixture]
fn swr() -> MockSwr {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    swr
}

#[rstest]
#[case::at_once(0, 201, 1)]
#[case::at_the_second_attempt(1, 201, 2)]
#[case::at_the_last_attempt(2, 201, 3)]
#[case::never(3, 503, 3)]
fn a_repository_is_created(
    swr: MockSwr,
    #[case] failures: usize,
    #[case] status: u16,
    #[case] attempts: usize,
) {
    swr.on(Op::CreateRepo, Answer::status(503).times(failures));

    let created = create_repo(swr.endpoint(), &swr.user("admin").token(), "group/web");

    assert_eq!(created, status);
    assert_eq!(swr.repo("group/web").exists(), status == 201);
    swr.verify(Op::CreateRepo.repo("group/web")).times(attempts);
}

#[rstest]
fn other_errors_are_not_retried(
    swr: MockSwr,
    #[values(Refusal::Throttled, Refusal::RepoExists)] refusal: Refusal,
) {
    swr.on(Op::CreateRepo, refusal);

    create_repo(swr.endpoint(), &swr.user("admin").token(), "group/web");

    swr.verify(Op::CreateRepo).refused(refusal).once();
}

#[rstest]
#[tokio::test]
async fn an_async_case_uses_the_same_fixture(swr: MockSwr, #[values("web", "api")] repo: &str) {
    let name = format!("group/{repo}");
    let token = swr.user("admin").token();
    let created = crate::client::create_repo_async(swr.endpoint().to_owned(), token, &name).await;

    assert_eq!(created, 201);
    swr.verify(Op::CreateRepo.repo(&name)).once();
}
