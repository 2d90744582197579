//! The files of `fixtures/examples`, one for each operation.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mock_swr::{Op, World};
use serde::Deserialize;
use serde_json::Value;

use super::leaves::Leaves;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// The operation that the requests match. Without one, they match none.
    operation: Option<String>,
    pub(super) examples: Vec<Example>,
    /// The name of the file, without its extension.
    #[serde(skip)]
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    /// What the example shows.
    pub(super) about: String,
    pub(super) evidence: Evidence,
    /// Where the example comes from.
    pub(super) source: String,
    /// The world in which the response is true. Without one, the server is empty.
    #[serde(default)]
    world: Option<WorldOf>,
    /// A documented error code that is planned for the request.
    pub(super) planned: Option<String>,
    pub(super) request: Request,
    /// `status`, `headers` of interest, and `body` unless it is empty.
    pub(super) response: Leaves,
    /// JSON pointers into the response. These values may be others of the same type and format.
    #[serde(default)]
    pub(super) server_decides: Vec<String>,
    /// JSON pointers into the response. These values, and all below, differ from the mock's for the reason given.
    #[serde(default)]
    pub(super) differs: BTreeMap<String, String>,
}

/// How we know that the real service responds like this.
#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Evidence {
    /// Bytes of the real service were captured.
    Recorded,
    /// Somebody wrote down what the real service did.
    Live,
    /// The vendor's documents or published models say so.
    Documented,
    /// A released client sends the request and depends on the response.
    Client,
    /// No source says so.
    Inferred,
}

/// A world, or the name of a file in the folder `worlds`.
#[derive(Deserialize)]
#[serde(untagged)]
enum WorldOf {
    File(String),
    Inline(Value),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// The user who sends it. Default: the administrator.
    pub(super) user: Option<String>,
    #[serde(default)]
    pub(super) credentials: Credentials,
    /// `{token}` stands for the user's IAM token, also in the body.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// A JSON value. A string is sent as plain text.
    pub(super) body: Option<Value>,
}

/// The API that a request goes to, and what it is sent with.
#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum Credentials {
    /// The management API or IAM, with an IAM token in `X-Auth-Token`.
    #[default]
    ApiToken,
    /// The management API or IAM, without a token.
    ApiNone,
    /// The registry, with the long-term login of the user.
    RegistryLogin,
    /// The registry, with a token for this scope.
    RegistryToken(String),
    /// The registry, without credentials.
    RegistryNone,
}

impl File {
    /// Reads all files, in the order of their names.
    pub(super) fn all() -> Vec<File> {
        let mut names: Vec<String> = std::fs::read_dir(folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "worlds")
            .collect();
        names.sort_unstable();
        names.iter().map(|name| File::read(name)).collect()
    }

    fn read(name: &str) -> File {
        let text = std::fs::read_to_string(folder().join(name)).unwrap();
        let file = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let name = name.strip_suffix(".json").unwrap_or(name).to_owned();
        File { name, ..file }
    }

    pub(super) fn op(&self) -> Option<Op> {
        let name = self.operation.as_ref()?;
        let op = Op::ALL.iter().find(|op| op.name() == name);
        Some(*op.unwrap_or_else(|| panic!("{}: there is no operation {name}", self.name)))
    }
}

impl Example {
    pub(super) fn world(&self) -> World {
        match &self.world {
            None => World::default(),
            Some(WorldOf::Inline(world)) => world.to_string().parse().unwrap(),
            Some(WorldOf::File(name)) => {
                World::load(folder().join("worlds").join(format!("{name}.json"))).unwrap()
            }
        }
    }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures", "examples"]
        .iter()
        .collect()
}
