//! Tests of a pusher and a cleaner, written as users of mock-swr write them.

use mock_swr::{Answer, Calls, Image, MockSwr, Op, Refusal, days};

use crate::cleaner::{self, Options};
use crate::pusher;

#[test]
fn a_push_succeeds_despite_throttling_and_a_lost_response() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    swr.on(Op::CreateRepo, Answer::real().lost());
    swr.on(
        Op::PutManifest,
        Answer::from(Refusal::Throttled)
            .header("Retry-After", "0")
            .times(2),
    );

    let digest = pusher::push(
        swr.endpoint(),
        swr.registry(),
        &swr.credentials(),
        "group/web:v1",
    )
    .unwrap();

    assert_eq!(swr.repo("group/web").tag("v1").digest, digest);
    // The second request found the repository that the first request had created.
    swr.verify(Op::CreateRepo).answered(409).once();
    swr.verify(Op::PutManifest.repo("group/web")).times(3);
    swr.verify_order([Op::CreateRepo, Op::FinishUpload, Op::PutManifest]);
}

#[test]
fn a_refused_push_is_not_retried() {
    let swr = MockSwr::start();
    let credentials = swr.user("dev").credentials();
    swr.seed_namespace("group");

    let pushed = pusher::push(swr.endpoint(), swr.registry(), &credentials, "group/web:v1");

    assert!(pushed.unwrap_err().to_string().contains("403"));
    swr.verify(Op::CreateRepo.by("dev"))
        .refused(Refusal::PermissionDenied)
        .once();
    assert!(!swr.repo("group/web").exists());
}

#[test]
fn the_cleaner_keeps_new_images() {
    let swr = MockSwr::start();
    let web = swr
        .seed_repo("group/web")
        .image(Image::new("old").age(days(40)))
        .image("new");
    let clean = |dry_run| {
        let options = Options {
            keep_days: 30,
            dry_run,
        };
        cleaner::clean(swr.endpoint(), &swr.credentials(), &options).unwrap()
    };

    assert_eq!(clean(true), ["group/web:old"]);
    swr.verify(Calls::writes()).never();

    assert_eq!(clean(false), ["group/web:old"]);
    assert_eq!(web.tags(), ["new"]);
    let call = swr.verify(Op::DeleteRepoTag).once();
    assert_eq!(call.param("tag"), Some("old"));

    // The same tag, pushed a month ago.
    web.image(Image::new("new").age(days(31)));
    let later = swr.from_now();
    clean(false);
    later.verify(Op::DeleteRepoTag.tag("new")).once();
}

#[test]
fn the_cleaner_reads_all_pages() {
    let swr = MockSwr::start();
    let nested = swr.seed_repo("group/one/two");
    for number in 0..120 {
        nested.image(Image::new(&format!("v{number}")).age(days(40)));
    }
    for number in 0..100 {
        swr.seed_repo(&format!("group/empty-{number}"));
    }
    let options = Options {
        keep_days: 30,
        dry_run: false,
    };

    let cleaned = cleaner::clean(swr.endpoint(), &swr.credentials(), &options).unwrap();

    assert_eq!(cleaned.len(), 120);
    assert_eq!(nested.tags(), [""; 0]);
    swr.verify(Op::ListReposDetails).times(2);
    swr.verify(Op::ListRepositoryTags.repo("group/one/two"))
        .times(2);
}

#[tokio::test]
async fn a_push_fails_if_its_repository_is_deleted_during_the_push() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    let held = swr.on(Op::PutManifest, Answer::real().hold_request());
    let (endpoint, registry) = (swr.endpoint().to_owned(), swr.registry().to_owned());
    let credentials = swr.credentials();

    let push = tokio::spawn(async move {
        pusher::push_async(&endpoint, &registry, &credentials, "group/web:v1").await
    });
    swr.wait_for(Op::PutManifest).await;
    swr.repo("group/web").delete();
    held.release();

    assert!(push.await.unwrap().is_err());
    swr.verify(Op::PutManifest)
        .refused(Refusal::ManifestBlobUnknown)
        .once();
    assert!(!swr.repo("group/web").exists());
}
