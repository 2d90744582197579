//! Starting a server with something else than the defaults.

use std::fmt;
use std::sync::Arc;

use crate::base::advice::Audience;
use crate::base::clock::{Clock, Time};
use crate::base::endpoints::{Advertise, Bound, Door, Endpoints, Origin};
use crate::base::problem::{Level, Levels, ProblemKind};
use crate::base::registry::RegistryId;
use crate::engine::core::Core;
use crate::fixtures::world::{ServerIdentity, World};
use crate::mock::start_error::StartError;
use crate::mock::swr::MockSwr;
use crate::server::listeners::{Network, resolve};
use crate::services::auth::Auth;
use crate::state::{Profile, Settings};

impl MockSwr {
    /// A server with the defaults: region `cn-north-4`, account `acme` with administrator `admin`, nothing in it.
    ///
    /// It takes no time, and works in a plain `#[test]` as in any async one.
    ///
    /// # Panics
    ///
    /// If no port can be bound.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// # drop(swr);
    /// ```
    #[track_caller]
    pub fn start() -> MockSwr {
        MockSwr::builder().start()
    }

    /// A server with something else than the defaults.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().region("cn-east-3").account("umbrella").start();
    /// assert_eq!(swr.credentials().region, "cn-east-3");
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }
}

/// Makes a server with something else than the defaults.
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
    region: Option<String>,
    account: Option<String>,
    user: Option<String>,
    credentials: Option<(String, String)>,
    project_id: Option<String>,
    auth: Auth,
    world: World,
    frozen_at: Option<Time>,
    levels: Levels,
    host: Option<String>,
    advertise: Option<String>,
    ports: (u16, u16),
    settings: Settings,
}

impl Builder {
    /// The region it stands in. Default: that of the world, or `cn-north-4`.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().region("eu-de").start();
    /// assert_eq!(swr.credentials().region, "eu-de");
    /// ```
    pub fn region(mut self, name: &str) -> Builder {
        self.region = Some(name.to_owned());
        self
    }

    /// The account it belongs to. Default: that of the world, or `acme`.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().account("shop").start();
    /// assert_eq!(swr.credentials().account, "shop");
    /// ```
    pub fn account(mut self, name: &str) -> Builder {
        self.account = Some(name.to_owned());
        self
    }

    /// The account's administrator. Default: that of the world, or `admin`.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().user("ops").start();
    /// assert_eq!(swr.credentials().user, "ops");
    /// ```
    pub fn user(mut self, name: &str) -> Builder {
        self.user = Some(name.to_owned());
        self
    }

    /// The administrator's keys. Default: those of the world, or keys that follow from account and user.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().credentials("AK", "SK").start();
    /// assert_eq!(swr.credentials().secret_key, "SK");
    /// ```
    pub fn credentials(mut self, access_key: &str, secret_key: &str) -> Builder {
        self.credentials = Some((access_key.to_owned(), secret_key.to_owned()));
        self
    }

    /// The project of the server's account in its region. Default: that of the world, or 32 hex digits that
    /// follow from account and region.
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

    /// What it asks of callers. Default: [`Auth::Identity`].
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

    /// The state it starts from: of a file, a snapshot, another server. Default: empty.
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

    /// Has the clock stand at an instant. Default: it follows the wall clock.
    ///
    /// # Panics
    ///
    /// If it is not RFC 3339, as in `2026-01-31T08:00:00Z`.
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

    /// What the registry is like. Default: [`Profile::Swr`].
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

    /// The most bytes of images that it holds and is receiving: blobs, manifests and uploads, those under way included. A
    /// push beyond that is refused with 507; what a test puts there is not. Default: 4 GiB.
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
    /// A GET of a blob then answers 307. Its `Location` is a signed link to another listener, which serves this one
    /// blob without credentials for 20 minutes of the service's clock. That download is an [`Op::GetObject`](crate::Op).
    /// An `Authorization` header that the client sends along is refused there with 400, as any error of object storage
    /// in XML. A HEAD is not redirected.
    ///
    /// The link names another host than the request did, `localhost` for `127.0.0.1` and the reverse, since clients
    /// decide by the host whether to send their credentials along.
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

    /// Hints speak of the options of the program, not of Rust.
    #[doc(hidden)]
    pub fn started_by_program(mut self) -> Builder {
        self.settings.audience = Audience::Program;
        self
    }

    /// How a kind of problem is taken. It never changes an answer. Default: all fail the test.
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

    /// The IP address to listen on, or a name such as `localhost`, which stands for its first loopback address. Default:
    /// `127.0.0.1`.
    ///
    /// A server that listens on all addresses, `0.0.0.0` or `::`, names the loopback address in
    /// [`endpoint`](MockSwr::endpoint) and [`registry`](MockSwr::registry). Its responses hand out the host that the
    /// client called.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().host("0.0.0.0").start();
    /// assert!(swr.registry().starts_with("127.0.0.1:"));
    /// ```
    pub fn host(mut self, host: &str) -> Builder {
        self.host = Some(host.to_owned());
        self
    }

    /// Sets the host that responses hand out in login commands, image paths, links, the IAM catalog and challenges.
    /// Default: the host of each request.
    ///
    /// It is for clients that reach the server through mapped ports. `HOST` keeps the ports of the listeners.
    /// `HOST:API_PORT,REGISTRY_PORT` replaces the ports of the server's own region; those of other regions stay. An
    /// IPv6 address is written in brackets.
    ///
    /// The handles, such as [`endpoint`](MockSwr::endpoint) and [`docker_config`](crate::User::docker_config), still
    /// name the addresses that the listeners are bound to, which the test's own process can reach.
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

    /// The ports to listen on; 0 is any. Default: ports that this process has not used before.
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::builder().ports(0, 0).start();
    /// assert!(!swr.registry().ends_with(":0"));
    /// ```
    pub fn ports(mut self, api: u16, registry: u16) -> Builder {
        self.ports = (api, registry);
        self
    }

    /// Starts the server.
    ///
    /// # Panics
    ///
    /// Where [`Builder::try_start`] errs.
    #[track_caller]
    pub fn start(self) -> MockSwr {
        match self.try_start() {
            Ok(swr) => swr,
            Err(error) => panic!("mock-swr cannot start: {error}"),
        }
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// If a port cannot be bound, a host cannot be listened on or advertised, a name cannot be one of an account or its
    /// administrator, or the world is of another region, account or profile than the builder says.
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let first = MockSwr::start();
    /// let port = first.registry().rsplit(':').next().unwrap().parse().unwrap();
    /// assert!(MockSwr::builder().ports(0, port).try_start().is_err());
    /// ```
    pub fn try_start(self) -> Result<MockSwr, StartError> {
        let host = self.host.as_deref().unwrap_or("127.0.0.1");
        let host = resolve(host).map_err(StartError::Host)?;
        let parse = |text: String| Advertise::parse(&text).ok_or(StartError::Advertise(text));
        let advertise = self.advertise.map(parse).transpose()?;
        let identity = ServerIdentity {
            region: self.region,
            account: self.account,
            user: self.user,
            frozen_at: self.frozen_at,
            credentials: self.credentials,
            project_id: self.project_id,
            settings: self.settings,
        };
        let mut state = self.world.state(&identity).map_err(StartError::World)?;
        // What a world that is put back later must be of, too.
        let of_world = ServerIdentity::of(&state);
        let identity = ServerIdentity {
            region: of_world.region,
            account: of_world.account,
            user: of_world.user,
            ..identity
        };
        state.begin_server();
        if let Some(time) = self.frozen_at {
            state.clock = Clock::frozen_at(time);
        }

        let network = Network::new(host);
        let open = |door| {
            let port = match door {
                Door::Api => self.ports.0,
                Door::Registry => self.ports.1,
                Door::Storage => 0,
            };
            let opened = network.open_on(
                Origin {
                    door,
                    registry: RegistryId::HOME,
                },
                port,
            );
            opened.map_err(|error| StartError::Bind(host, port, error))
        };
        let bound = Bound::open(identity.settings.blob_redirects, open)?;
        let endpoints = Endpoints::new(state.home_region(), bound, advertise.as_ref());
        let listeners = Box::new(network.clone());
        let core = Core::new(
            state,
            self.auth,
            identity,
            self.levels,
            (endpoints, listeners),
        );
        let core = Arc::new(core);
        network.serve(&core).map_err(StartError::Runtime)?;
        Ok(MockSwr::owner(core))
    }
}

/// In one line, without the administrator's keys.
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
