//! The state as a value and as a file.

mod error;
mod file;
mod locate;
mod ordered;
mod repo;
mod tenants;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde_json::Value;

pub use error::FixtureError;
use error::WorldFault;
pub(crate) use error::read_file;
use file::WorldFile;
pub(crate) use repo::apply_repo;

use crate::clock::Time;
use crate::json;
use crate::state::{ADMIN, HOME, Label, Profile, Settings, State};

/// The state of a service as a value: of a file, a snapshot, or another server.
///
/// Cloning it and taking it cost nothing, whatever its size. A world of a file says only what matters; region,
/// account and administrator, where it does not name them, are those of the server that starts from it.
///
/// ```
/// use mock_swr::{MockSwr, World};
///
/// let world: World = r#"{"namespaces": {"group": {
///     "permissions": {"dev": "read"},
///     "repos": {"web": {"category": "linux", "is_public": true}}
/// }}}"#.parse().unwrap();
/// let swr = MockSwr::builder().world(world).start();
/// assert!(swr.repo("group/web").info().is_public);
/// ```
///
/// # The file
///
/// An object, of which every key may be left out. Times are RFC 3339; users are named as tests name them, `dev` or
/// `partner/eve`; objects keep their order, so that what comes first gets the first id.
///
/// | key | what it holds |
/// |---|---|
/// | `about` | a text for whoever reads the file |
/// | `region`, `account`, `user`, `project_id` | where the server stands, whose it is, its administrator, its project |
/// | `frozen_at`, `ahead_seconds` | the clock stands at this time, or is so much ahead of the wall clock |
/// | `last_id` | the highest id given so far |
/// | `accounts` | by name: `quota` (`namespaces`, `repos`, `tags`), `agency` |
/// | `users` | by name: `permission` on all of the account, `password`, `access_key` with `secret_key`, `id`, `trusts`, `deny` (names of operations), `tokens` (by region, how often its token was replaced) |
/// | `namespaces` | by name: `owner` (an account), `creator`, `created`, `id`, `permissions`, `repos` |
/// | `permissions` | by user: `none`, `read`, `write` or `manage` |
/// | `repos` | by name: `category`, `description`, `is_public`, `num_download`, `creator`, `created`, `updated`, `id`, `permissions`, `shares`, `images`, and their bytes: `blobs`, `manifests`, `tags` |
/// | `shares` | by account: `deadline` (`forever`, or a time, which holds through its day), `description`, `creator`, `created`, `updated` |
/// | `images` | a list of tags, or of recipes: `tag`, `layers`, `age_seconds`, `pulls`, `platforms`, `signed` |
/// | `regions` | other regions by name, each with `namespaces` and `downflow` |
/// | `downflow` | by account and the midnight that ends the day: bytes that were pulled |
/// | `blobs` | at the top: bytes in base64, by digest |
///
/// ```
/// use mock_swr::{MockSwr, Permission, World};
///
/// let world: World = r#"{
///     "users": {"dev": {}, "ops": {"permission": "manage"}, "partner/eve": {"deny": ["ListReposDetails"]}},
///     "namespaces": {
///         "ours": {"permissions": {"dev": "write"}, "repos": {
///             "web": {"images": ["v1", {"tag": "v2", "layers": 3}], "shares": {"partner": {}}}
///         }},
///         "theirs": {"owner": "partner"}
///     },
///     "regions": {"cn-east-3": {"namespaces": {"copy": {}}}}
/// }"#.parse().unwrap();
/// let swr = MockSwr::builder().world(world).start();
/// let web = swr.repo("ours/web");
/// assert_eq!(web.tags(), ["v1", "v2"]);
/// assert_eq!(web.permission_of("dev"), Some(Permission::Write));
/// assert_eq!(web.permission_of("partner/eve"), Some(Permission::Read));
/// ```
#[derive(Clone, Default)]
pub struct World(Form);

#[derive(Clone)]
enum Form {
    File(std::sync::Arc<WorldFile>),
    State(Box<State>),
}

impl Default for Form {
    fn default() -> Form {
        Form::File(std::sync::Arc::default())
    }
}

/// Worlds that come with the crate.
const BUNDLED: [(&str, &str); 2] = [
    ("shop", include_str!("../../fixtures/worlds/shop.json")),
    (
        "two-tenants",
        include_str!("../../fixtures/worlds/two-tenants.json"),
    ),
];

impl World {
    /// Of a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is not JSON, or has a key or a value that no world has; the error names the line.
    ///
    /// ```
    /// use mock_swr::World;
    ///
    /// let error = World::load("no/such/file.json").unwrap_err();
    /// assert!(error.to_string().contains("no/such/file.json"));
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<World, FixtureError> {
        let path = path.as_ref();
        let in_file = |error: FixtureError| FixtureError {
            path: Some(path.to_owned()),
            ..error
        };
        let bytes = read_file(path).map_err(|reason| in_file(FixtureError::of(reason)))?;
        let text = String::from_utf8(bytes);
        let text = text.map_err(|error| in_file(FixtureError::of(error.to_string())))?;
        text.parse().map_err(in_file)
    }

    /// One that comes with the crate: `shop` (two organizations, three repositories, two users), or
    /// `two-tenants` (an organization of each of two accounts).
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    ///
    /// ```
    /// use mock_swr::{MockSwr, World};
    ///
    /// let swr = MockSwr::builder().world(World::named("shop")).start();
    /// assert_eq!(swr.namespace("shop").repos(), ["cart", "web/front"]);
    /// ```
    #[track_caller]
    pub fn named(name: &str) -> World {
        let names = || BUNDLED.map(|(name, _)| name).join(", ");
        let Some((_, text)) = BUNDLED.iter().find(|(known, _)| *known == name) else {
            panic!(
                "no world `{name}` comes with the crate; there are: {}",
                names()
            )
        };
        match text.parse() {
            Ok(world) => world,
            Err(error) => panic!("the bundled world `{name}` is broken: {error}"),
        }
    }

    /// As the file that [`World::load`] reads: the same state again, ids and times included. It names users' keys.
    ///
    /// What was given out for a while is left out: tokens of IAM and of the registry, temporary keys, logins, uploads
    /// under way, and locks of access keys. [`User::token`](crate::User::token) is the same as before, unless it was
    /// over, and good for a day from when the file is loaded.
    ///
    /// ```
    /// use mock_swr::{MockSwr, World};
    ///
    /// let swr = MockSwr::start();
    /// swr.seed_repo("group/web");
    /// let copy: World = swr.world().to_json().parse().unwrap();
    /// assert_eq!(copy.to_json(), swr.world().to_json());
    /// ```
    pub fn to_json(&self) -> String {
        let file = match &self.0 {
            Form::File(file) => (**file).clone(),
            Form::State(state) => WorldFile::of(state),
        };
        // The file form is strings, numbers and maps: it always serializes.
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }

    pub(crate) fn of(state: State) -> World {
        World(Form::State(Box::new(state)))
    }

    /// The state, on a server of this region, account and profile.
    pub(crate) fn state(&self, home: &Home) -> Result<State, String> {
        let (mut state, names) = match &self.0 {
            Form::File(file) => {
                let state = file.state(home).map_err(|fault| fault.to_string())?;
                (state, Profile::Oci)
            }
            Form::State(state) => ((**state).clone(), state.settings.profile),
        };
        state.settings = home.settings;
        if names == Profile::Oci {
            state.judge_names()?;
        }
        let own = Home::of(&state);
        // `admin`, or `acme/admin` of account `acme`.
        let user = home.user.as_deref().map(Label::parse).transpose()?;
        let user = user.map(|label| label.name.to_owned());
        for (what, own, asked) in [
            ("region", own.region, &home.region),
            ("account", own.account, &home.account),
            ("administrator", own.user, &user),
        ] {
            if let (Some(own), Some(asked)) = (own, asked)
                && !own.eq_ignore_ascii_case(asked)
            {
                return Err(format!("its {what} is `{own}`, not `{asked}`"));
            }
        }
        if let Some((access_key, secret_key)) = &home.credentials {
            if let Some(user) = state.other_holder(access_key, ADMIN) {
                return Err(format!(
                    "access key `{access_key}` is that of its user `{user}`"
                ));
            }
            state.set_keys(ADMIN, access_key, secret_key);
        }
        if let Some(id) = &home.project_id {
            state.set_project_id(id);
        }
        Ok(state)
    }
}

/// In one line: how much it holds.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (namespaces, repos, users) = match &self.0 {
            Form::File(file) => file.counts(),
            Form::State(state) => WorldFile::counts_of(state),
        };
        write!(
            f,
            "World({namespaces} organizations, {repos} repositories, {users} users)"
        )
    }
}

impl FromStr for World {
    type Err = FixtureError;

    fn from_str(text: &str) -> Result<World, FixtureError> {
        let file: WorldFile =
            serde_json::from_str(text).map_err(|error| FixtureError::of_json(&error, text))?;
        // serde takes an array for an object, whose values it has in a row.
        let value: Value =
            serde_json::from_str(text).map_err(|error| FixtureError::of_json(&error, text))?;
        json::read::<WorldFile>(&value).map_err(|wrong| WorldFault::from(wrong).in_text(text))?;
        // Names and values are checked now, so that starting from it cannot fail on them.
        file.state(&Home::default())
            .map_err(|fault| fault.in_text(text))?;
        Ok(World(Form::File(std::sync::Arc::new(file))))
    }
}

/// Where a server stands and whose it is; what is not said may be anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Home {
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) frozen_at: Option<Time>,
    /// The administrator's keys, and the project of the account.
    pub(crate) credentials: Option<(String, String)>,
    pub(crate) project_id: Option<String>,
    pub(crate) settings: Settings,
}

impl Home {
    pub(crate) fn of(state: &State) -> Home {
        Home {
            region: Some(state.home_region().to_string()),
            account: Some(state.account(HOME).name.to_string()),
            user: Some(state.user(ADMIN).name.to_string()),
            settings: state.settings,
            ..Home::default()
        }
    }
}
