//! Deletes the tags of an account that are older than a number of days.

use jiff::{SignedDuration, Timestamp};
use mock_swr::Credentials;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::pusher::{Error, authorization};

const PAGE: usize = 100;

pub(crate) struct Options {
    /// Tags that were pushed within this number of days are kept.
    pub(crate) keep_days: i64,
    /// If true, nothing is deleted.
    pub(crate) dry_run: bool,
}

/// Deletes old images. Returns the images that were deleted, or that would be deleted in a dry run.
pub(crate) fn clean(
    endpoint: &str,
    credentials: &Credentials,
    options: &Options,
) -> Result<Vec<String>, Error> {
    let api = Api {
        client: Client::new(),
        endpoint,
        authorization: authorization(credentials),
    };
    let oldest_kept = Timestamp::now() - SignedDuration::from_hours(24 * options.keep_days);
    let mut cleaned = Vec::new();
    for repo in api.list::<Repo>("/v2/manage/repos")? {
        let tags = format!("{}/tags", repo.path());
        for tag in api.list::<Tag>(&tags)? {
            if tag.updated >= oldest_kept {
                continue;
            }
            if !options.dry_run {
                api.delete(&format!("{tags}/{}", tag.name))?;
            }
            cleaned.push(format!("{}/{}:{}", repo.namespace, repo.name, tag.name));
        }
    }
    Ok(cleaned)
}

#[derive(Deserialize)]
struct Repo {
    namespace: String,
    name: String,
}

impl Repo {
    /// Returns the path of the repository. Paths have `$` for each `/` in its name.
    fn path(&self) -> String {
        let name = self.name.replace('/', "$");
        format!("/v2/manage/namespaces/{}/repos/{name}", self.namespace)
    }
}

#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "Tag")]
    name: String,
    updated: Timestamp,
}

/// A client of the management API.
struct Api<'a> {
    client: Client,
    endpoint: &'a str,
    authorization: String,
}

impl Api<'_> {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.endpoint))
            .header("Authorization", &self.authorization)
    }

    /// Returns all rows of a list, reading page by page.
    fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        loop {
            let page = [("limit", PAGE), ("offset", rows.len())];
            let request = self.request(Method::GET, path).query(&page);
            let page: Vec<T> = request.send()?.error_for_status()?.json()?;
            let is_last = page.len() < PAGE;
            rows.extend(page);
            if is_last {
                return Ok(rows);
            }
        }
    }

    fn delete(&self, path: &str) -> Result<(), Error> {
        self.request(Method::DELETE, path)
            .send()?
            .error_for_status()?;
        Ok(())
    }
}
