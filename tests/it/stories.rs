//! Two small clients, and tests of them, as users of mock-swr write them.

use mock_swr::{Answer, Calls, MockSwr, Op, SyncState};
use serde_json::json;

/// Ensures that a repository exists, as a deployer does before it pushes.
mod deployer {
    use reqwest::blocking::Client;
    use serde_json::json;

    #[derive(Debug, PartialEq)]
    pub(super) enum Outcome {
        Created,
        Existed,
    }

    /// Tries three times. Treats 409 as success.
    pub(super) fn ensure_repo(
        endpoint: &str,
        token: &str,
        namespace: &str,
        repo: &str,
    ) -> Result<Outcome, String> {
        let url = format!("{endpoint}/v2/manage/namespaces/{namespace}/repos");
        let body = json!({"repository": repo, "is_public": false});
        let mut last = String::new();
        for _ in 0..3 {
            match Client::new()
                .post(&url)
                .header("X-Auth-Token", token)
                .json(&body)
                .send()
            {
                Ok(response) if response.status() == 201 => return Ok(Outcome::Created),
                Ok(response) if response.status() == 409 => return Ok(Outcome::Existed),
                Ok(response) if response.status().is_server_error() => {
                    last = response.status().to_string()
                }
                Ok(response) => return Err(format!("refused: {}", response.status())),
                Err(error) => last = error.to_string(),
            }
        }
        Err(format!("gave up: {last}"))
    }
}

/// Copies an image to another region, and polls until the job ends.
mod sync {
    use mock_swr::Credentials;
    use serde_json::{Value, json};

    #[derive(Debug, Default, PartialEq)]
    pub(super) struct Outcome {
        pub(super) copied: Vec<String>,
        pub(super) failed: Vec<String>,
    }

    /// Copies `organization/repository:tag` to `region/organization`.
    pub(super) async fn replicate(
        endpoint: &str,
        credentials: Credentials,
        image: &str,
        target: &str,
    ) -> Result<Outcome, reqwest::Error> {
        let (repo, tag) = image.split_once(':').unwrap();
        let (namespace, name) = repo.split_once('/').unwrap();
        let (region, remote) = target.split_once('/').unwrap();
        let repo = format!("{endpoint}/v2/manage/namespaces/{namespace}/repos/{name}");
        let body = json!({"imageTag": [tag], "remoteRegionId": region, "remoteNamespace": remote});
        send(&credentials, "POST", &format!("{repo}/sync_images"), &body).await?;

        let jobs = format!("{repo}/sync_job?filter=limit::10|offset::0");
        loop {
            let listed = send(&credentials, "GET", &jobs, &Value::Null).await?;
            let mut outcome = Outcome::default();
            match listed[0]["status"].as_str() {
                Some("waiting" | "running") => continue,
                Some("success" | "existed") => outcome.copied.push(image.to_owned()),
                _ => outcome.failed.push(image.to_owned()),
            }
            return Ok(outcome);
        }
    }

    async fn send(
        credentials: &Credentials,
        method: &str,
        url: &str,
        body: &Value,
    ) -> Result<Value, reqwest::Error> {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let request = http::Request::builder().method(method).uri(url);
        let request = request.header("Content-Type", "application/json");
        let mut request = request.body(body).unwrap();
        credentials.sign(&mut request);
        let response = reqwest::Client::new().execute(request.try_into()?).await?;
        response.error_for_status()?.json().await
    }
}

/// Deletes repositories that have no images.
mod sweeper {
    use reqwest::blocking::Client;
    use serde_json::Value;

    pub(super) fn sweep(
        endpoint: &str,
        token: &str,
        namespace: &str,
        dry_run: bool,
    ) -> Result<Vec<String>, String> {
        let client = Client::new();
        let url = format!("{endpoint}/v2/manage/repos?filter=namespace::{namespace}");
        let listed = client
            .get(url)
            .header("X-Auth-Token", token)
            .send()
            .map_err(|error| error.to_string())?;
        let rows: Vec<Value> = listed.json().map_err(|error| error.to_string())?;
        let mut swept = Vec::new();
        for row in rows.iter().filter(|row| row["num_images"] == 0) {
            let name = row["name"].as_str().unwrap_or_default();
            if !dry_run {
                let path = format!(
                    "{endpoint}/v2/manage/namespaces/{namespace}/repos/{}",
                    name.replace('/', "$")
                );
                let response = client
                    .delete(path)
                    .header("X-Auth-Token", token)
                    .send()
                    .map_err(|error| error.to_string())?;
                // 404 means that another client has deleted it already.
                if response.status() != 204 && response.status() != 404 {
                    return Err(format!("{name}: {}", response.status()));
                }
            }
            swept.push(name.to_owned());
        }
        Ok(swept)
    }
}

#[test]
fn the_deployer_retries_two_failures() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    swr.on(Op::CreateRepo, [503, 503]);

    let outcome = deployer::ensure_repo(swr.endpoint(), &swr.user("admin").token(), "group", "web");

    assert_eq!(outcome, Ok(deployer::Outcome::Created));
    swr.verify(Op::CreateRepo.repo("group/web")).times(3);
    assert_eq!(swr.namespace("group").repos(), ["web"]);
}

#[test]
fn the_deployer_gives_up_after_three_failures() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    swr.on(Op::CreateRepo, [503, 502, 500]);

    let outcome = deployer::ensure_repo(swr.endpoint(), &swr.user("admin").token(), "group", "web");

    assert_eq!(
        outcome,
        Err("gave up: 500 Internal Server Error".to_owned())
    );
    assert!(!swr.repo("group/web").exists());
}

#[test]
fn the_deployer_finds_its_own_repository_after_a_lost_response() {
    let swr = MockSwr::start();
    swr.seed_namespace("group");
    swr.on(Op::CreateRepo, Answer::real().lost());

    let outcome = deployer::ensure_repo(swr.endpoint(), &swr.user("admin").token(), "group", "web");

    assert_eq!(outcome, Ok(deployer::Outcome::Existed));
    assert!(swr.repo("group/web").exists());
    swr.verify(Op::CreateRepo).answered(409).once();
    swr.verify(Op::CreateRepo.json("/repository", "web"))
        .times(2);
}

#[test]
fn a_dry_run_writes_nothing() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web");
    swr.seed_repo("group/one/two")
        .set(json!({"category": "linux"}));
    let sweep = |dry_run| {
        sweeper::sweep(swr.endpoint(), &swr.user("admin").token(), "group", dry_run).unwrap()
    };

    assert_eq!(sweep(true), ["one/two", "web"]);
    swr.verify(Calls::writes()).never();

    assert_eq!(sweep(false), ["one/two", "web"]);
    assert_eq!(swr.ops(Calls::writes()), [Op::DeleteRepo, Op::DeleteRepo]);
    assert_eq!(swr.namespace("group").repos(), [""; 0]);
}

#[test]
fn the_sweeper_accepts_that_a_repository_is_already_deleted() {
    let swr = MockSwr::start();
    let web = swr.seed_repo("group/web");
    let held = swr.on(Op::DeleteRepo, Answer::real().hold_request());

    let token = swr.user("admin").token();
    std::thread::scope(|scope| {
        let sweeping = scope.spawn(|| sweeper::sweep(swr.endpoint(), &token, "group", false));
        swr.wait_for(Op::DeleteRepo).block();
        web.delete();
        held.release();
        assert_eq!(sweeping.join().unwrap(), Ok(vec!["web".to_owned()]));
    });
    swr.verify(Op::DeleteRepo.repo("group/web"))
        .answered(404)
        .once();
}

#[tokio::test]
async fn a_failed_sync_job_is_reported_by_name() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    swr.region("cn-east-3").seed_namespace("copy");
    swr.next_job([SyncState::Waiting, SyncState::Running, SyncState::Failed]);

    let target = "cn-east-3/copy";
    let credentials = swr.credentials();
    let outcome = sync::replicate(swr.endpoint(), credentials, "group/web:v1", target).await;

    assert_eq!(outcome.unwrap().failed, ["group/web:v1"]);
    assert!(!swr.region("cn-east-3").repo("copy/web").exists());
    swr.verify(Op::ShowSyncJob).times(3);
}

#[tokio::test]
async fn an_image_is_replicated_to_another_region() {
    let swr = MockSwr::start();
    swr.seed_repo("group/web").image("v1");
    let east = swr.region("cn-east-3");
    east.seed_namespace("copy");

    let credentials = swr.credentials();
    let outcome = sync::replicate(
        swr.endpoint(),
        credentials,
        "group/web:v1",
        "cn-east-3/copy",
    )
    .await;

    assert_eq!(outcome.unwrap().copied, ["group/web:v1"]);
    assert_eq!(east.repo("copy/web").tags(), ["v1"]);
}
