//! The settings of a server.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::base::advice::Audience;
use crate::base::clock::Time;
use crate::base::problem::{Level, Levels, ProblemKind};
use crate::fixtures::world::World;
use crate::mock::swr::MockSwr;
use crate::server::tls::TlsIdentity;
use crate::services::auth::Auth;
use crate::state::{Profile, Settings};

impl MockSwr {
    /// Returns a [`Builder`], which starts a server with custom settings.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().region("cn-east-3").account("umbrella").start();
    /// assert_eq!(swr.credentials().region, "cn-east-3");
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }
}

/// The settings of a server that is about to start.
///
/// # Examples
///
/// ```
/// use mock_swr::{Auth, MockSwr};
///
/// let swr = MockSwr::builder().auth(Auth::Off).frozen_at("2026-01-31T08:00:00Z").start();
/// # drop(swr);
/// ```
#[must_use = "call `start` to get a server"]
#[derive(Clone, Default)]
pub struct Builder {
    pub(super) region: Option<String>,
    pub(super) account: Option<String>,
    pub(super) user: Option<String>,
    pub(super) credentials: Option<(String, String)>,
    pub(super) project_id: Option<String>,
    pub(super) auth: Auth,
    pub(super) world: World,
    pub(super) frozen_at: Option<Time>,
    pub(super) levels: Levels,
    pub(super) host: Option<String>,
    pub(super) advertise: Option<String>,
    pub(super) ports: (u16, u16),
    pub(super) settings: Settings,
    pub(super) coverage: Option<PathBuf>,
    /// `None` if the environment decides.
    pub(super) log: Option<bool>,
    /// What a server with TLS identifies itself with, or why that cannot be used. A server without TLS has none.
    pub(super) identity: Option<Result<TlsIdentity, String>>,
}

impl Builder {
    /// Sets the server's own region. Default: the region of the world, or `cn-north-4`.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().region("eu-de").start();
    /// assert_eq!(swr.credentials().region, "eu-de");
    /// ```
    pub fn region(mut self, name: &str) -> Builder {
        self.region = Some(name.to_owned());
        self
    }

    /// Sets the server's own account. Default: the account of the world, or `acme`.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().account("shop").start();
    /// assert_eq!(swr.credentials().account, "shop");
    /// ```
    pub fn account(mut self, name: &str) -> Builder {
        self.account = Some(name.to_owned());
        self
    }

    /// Sets the name of the account's administrator. Default: the administrator of the world, or `admin`.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().user("ops").start();
    /// assert_eq!(swr.credentials().user, "ops");
    /// ```
    pub fn user(mut self, name: &str) -> Builder {
        self.user = Some(name.to_owned());
        self
    }

    /// Sets the administrator's access key and secret key. Default: the keys in the world, or keys derived from the
    /// names of the account and the user.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().credentials("AK", "SK").start();
    /// assert_eq!(swr.credentials().secret_key, "SK");
    /// ```
    pub fn credentials(mut self, access_key: &str, secret_key: &str) -> Builder {
        self.credentials = Some((access_key.to_owned(), secret_key.to_owned()));
        self
    }

    /// Sets the id of the account's project in the server's own region. Default: the id in the world, or 32 hex digits
    /// derived from the names of the account and the region.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let id = "0123456789abcdef0123456789abcdef";
    /// let swr = MockSwr::builder().project_id(id).start();
    /// assert_eq!(swr.credentials().project_id, id);
    ///
    /// let fork = MockSwr::builder().world(swr.world().to_json().parse().unwrap()).start();
    /// assert_eq!(fork.credentials().project_id, id);
    /// ```
    pub fn project_id(mut self, id: &str) -> Builder {
        self.project_id = Some(id.to_owned());
        self
    }

    /// Sets how strictly the server checks credentials. Default: [`Auth::Identity`].
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Auth, MockSwr};
    ///
    /// let swr = MockSwr::builder().auth(Auth::Off).start();
    /// let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    /// assert_eq!(reqwest::blocking::get(url).unwrap().status(), 200);
    /// ```
    pub fn auth(mut self, auth: Auth) -> Builder {
        self.auth = auth;
        self
    }

    /// Sets the initial state: a file, a snapshot, or the state of another server. Default: no content.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, World};
    ///
    /// let swr = MockSwr::builder().world(World::named("shop")).start();
    /// assert!(swr.namespace("shop").exists());
    /// ```
    pub fn world(mut self, world: World) -> Builder {
        self.world = world;
        self
    }

    /// Freezes the service's clock at an instant. Default: the clock of the world, or the wall clock.
    ///
    /// # Panics
    ///
    /// Panics if the text is not an RFC 3339 time such as `2026-01-31T08:00:00Z`.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().frozen_at("1970-01-01T00:00:09Z").start();
    /// assert_eq!(swr.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 9);
    /// ```
    #[track_caller]
    pub fn frozen_at(mut self, rfc3339: &str) -> Builder {
        match Time::parse(rfc3339) {
            Ok(time) => self.frozen_at = Some(time),
            Err(reason) => panic!("{reason}"),
        }
        self
    }

    /// Sets the rules that the registry follows. Default: [`Profile::Swr`].
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{MockSwr, Profile};
    ///
    /// let swr = MockSwr::builder().profile(Profile::Oci).start();
    /// # drop(swr);
    /// ```
    pub fn profile(mut self, profile: Profile) -> Builder {
        self.settings.profile = profile;
        self
    }

    /// Limits the bytes of image content that clients can push. Default: 4 GiB.
    ///
    /// The limit covers all blobs and manifests, and the bytes received of unfinished uploads. A push beyond the limit
    /// is refused with 507. Seeded content counts, but seeding is never refused.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().content_limit(1 << 20).start();
    /// # drop(swr);
    /// ```
    pub fn content_limit(mut self, bytes: u64) -> Builder {
        self.settings.content_limit = bytes;
        self
    }

    /// Redirects downloads of blobs to object storage, as the real service does. Default: the registry serves blobs
    /// itself.
    ///
    /// A GET of a blob then returns 307. Its `Location` is a signed link to another listener. The link serves this
    /// blob without credentials for 20 minutes of the service's clock. Its download is an
    /// [`Op::GetObject`](crate::Op::GetObject). A HEAD is not redirected.
    ///
    /// If the client sends an `Authorization` header to the link, it gets a 400 with an XML body, like every error of
    /// object storage. Clients compare hosts to decide whether to send credentials to the target of a redirect. The
    /// link therefore has another host than the request: `localhost` for `127.0.0.1`, and the reverse.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Auth, MockSwr, Op};
    /// use reqwest::blocking::get;
    ///
    /// let swr = MockSwr::builder().auth(Auth::Off).blob_redirects().start();
    /// swr.seed_repo("group/web").image("v1");
    /// let repo = format!("http://{}/v2/group/web", swr.registry());
    ///
    /// let manifest: serde_json::Value = get(format!("{repo}/manifests/v1")).unwrap().json().unwrap();
    /// let digest = manifest["config"]["digest"].as_str().unwrap();
    /// let blob = get(format!("{repo}/blobs/{digest}")).unwrap();
    ///
    /// assert_eq!(blob.status(), 200);
    /// swr.verify(Op::GetBlob.repo("group/web")).answered(307).once();
    /// swr.verify(Op::GetObject.repo("group/web")).answered(200).once();
    /// ```
    pub fn blob_redirects(mut self) -> Builder {
        self.settings.blob_redirects = true;
        self
    }

    /// Makes hints name the program's options in place of Rust code.
    #[doc(hidden)]
    pub fn started_by_program(mut self) -> Builder {
        self.settings.audience = Audience::Program;
        self
    }

    /// Sets whether a kind of problem fails the test, is only printed, or is ignored. By default, every kind fails
    /// the test, except [`ProblemKind::ContractBroken`] and [`ProblemKind::FieldUnknown`], which are printed.
    ///
    /// The level never changes a response.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Level, MockSwr, ProblemKind};
    ///
    /// let swr = MockSwr::builder().level(ProblemKind::Unmatched, Level::Ignore).start();
    /// # drop(swr);
    /// ```
    pub fn level(mut self, kind: ProblemKind, level: Level) -> Builder {
        self.levels.set(kind, level);
        self
    }

    /// Records the server's responses in a new file in this folder. Default: the folder in the
    /// environment variable `MOCK_SWR_COVERAGE`, or none.
    ///
    /// The server writes the file when it is dropped, also if the test fails, and in [`check`](MockSwr::check). The
    /// program `mock-swr coverage` merges all files of the folder, and lists the errors that no test received. The
    /// guide to [coverage](crate::guide::coverage) shows it. Recording never changes a response.
    ///
    /// The folder is created if it does not exist, and earlier files stay in it. If it cannot be written,
    /// [`start`](Builder::start) panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// # let folder = std::env::temp_dir().join(format!("swr-coverage-{}", std::process::id()));
    /// let swr = MockSwr::builder().coverage(&folder).start();
    /// drop(swr);
    /// assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// ```
    pub fn coverage(mut self, folder: impl AsRef<Path>) -> Builder {
        self.coverage = Some(folder.as_ref().to_owned());
        self
    }

    /// Sets whether the server logs on stderr. Default: whether the environment variable `MOCK_SWR_LOG` is set, to
    /// anything but `0` and the empty text.
    ///
    /// The log has a line for each request when its response is decided, with status, operation, caller, duration and
    /// hint. Further lines are about plans, holds and the clock. Each begins with the port of the management API.
    /// Secrets are replaced. The log bypasses the output capture of the test harness, so the lines of a hanging test
    /// are visible. It changes no response.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().log(true).start();
    /// swr.advance(mock_swr::days(31)); // mock-swr 41001: the clock is advanced by 31d
    /// ```
    pub fn log(mut self, is_logged: bool) -> Builder {
        self.log = Some(is_logged);
        self
    }

    /// Sets the IP address to listen on. Default: `127.0.0.1`.
    ///
    /// A name such as `localhost` is resolved to its first loopback address. On a server that listens on all addresses
    /// (`0.0.0.0` or `::`), [`endpoint`](MockSwr::endpoint) and [`registry`](MockSwr::registry) return the loopback
    /// address. Links in responses use the host of the request.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().host("0.0.0.0").start();
    /// assert!(swr.registry().starts_with("127.0.0.1:"));
    /// ```
    pub fn host(mut self, host: &str) -> Builder {
        self.host = Some(host.to_owned());
        self
    }

    /// Sets the host that responses contain. Default: the host of each request.
    ///
    /// Responses contain a host in login commands, image paths, links, the IAM catalog and challenges. Set it for
    /// clients that reach the server through mapped ports. `HOST` keeps the ports of the listeners.
    /// `HOST:API_PORT,REGISTRY_PORT` replaces the ports of the server's own region, and keeps those of other regions.
    /// Write an IPv6 address in brackets.
    ///
    /// Methods such as [`endpoint`](MockSwr::endpoint) and [`docker_config`](crate::User::docker_config) still return
    /// the addresses of the listeners, which the test's own process can reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::{Auth, MockSwr};
    ///
    /// let swr = MockSwr::builder().auth(Auth::Off).advertise("swr.test:18080,15000").start();
    /// let versions = reqwest::blocking::get(swr.endpoint()).unwrap().text().unwrap();
    /// assert!(versions.contains("http://swr.test:18080/v2/"));
    /// assert!(swr.endpoint().starts_with("http://127.0.0.1:"));
    /// ```
    pub fn advertise(mut self, host: &str) -> Builder {
        self.advertise = Some(host.to_owned());
        self
    }

    /// Sets the ports of the management API and of the registry. Default: 0, a free port that this process has not used
    /// before.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().ports(0, 0).start();
    /// assert!(!swr.registry().ends_with(":0"));
    /// ```
    pub fn ports(mut self, api: u16, registry: u16) -> Builder {
        self.ports = (api, registry);
        self
    }
}

/// Writes the settings in one line, without the administrator's keys.
impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Builder({:?}, {:?}", self.auth, self.settings.profile)?;
        for (what, name) in [
            ("region", &self.region),
            ("account", &self.account),
            ("user", &self.user),
            ("project", &self.project_id),
        ] {
            if let Some(name) = name {
                write!(f, ", {what} {name}")?;
            }
        }
        write!(f, ", {:?})", self.world)
    }
}
