//! Starting a server.

use std::env;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::advice::Audience;
use crate::base::endpoints::{Advertise, Bound, Door, Endpoints, Origin, Scheme};
use crate::base::registry::RegistryId;
use crate::engine::core::Core;
use crate::engine::coverage::Recorder;
use crate::engine::log::Log;
use crate::fixtures::world::ServerIdentity;
use crate::mock::builder::Builder;
use crate::mock::start_error::StartError;
use crate::mock::swr::MockSwr;
use crate::server::listeners::{Network, resolve};

impl MockSwr {
    /// Starts a server with the defaults: region `cn-north-4`, account `acme`, administrator `admin`, no content.
    ///
    /// It works in a plain `#[test]` and in an async test on any runtime.
    ///
    /// # Panics
    ///
    /// Panics if no port can be bound, if the server's threads cannot be started, or if the folder in
    /// `MOCK_SWR_COVERAGE` cannot be written.
    ///
    /// # Examples
    ///
    /// ```
    /// let swr = mock_swr::MockSwr::start();
    /// # drop(swr);
    /// ```
    #[track_caller]
    pub fn start() -> MockSwr {
        MockSwr::builder().start()
    }
}

impl Builder {
    /// Starts the server.
    ///
    /// # Panics
    ///
    /// Panics if [`Builder::try_start`] would return an error.
    #[track_caller]
    pub fn start(self) -> MockSwr {
        match self.try_start() {
            Ok(swr) => swr,
            Err(error) => panic!("mock-swr cannot start: {error}"),
        }
    }

    /// Starts the server, or returns why it cannot start.
    ///
    /// # Errors
    ///
    /// Returns an error in these cases:
    ///
    /// - A port cannot be bound, or the server's threads cannot be started.
    /// - The folder of the coverage cannot be written.
    /// - The server cannot listen on the host, or cannot advertise it.
    /// - The name of the account, the administrator or the region, the access key or the id of the project is not valid.
    /// - The world belongs to another region, account or administrator than the builder names.
    /// - The world contains a name that the profile does not allow.
    /// - The certificates of a server with TLS cannot be created.
    ///
    /// # Examples
    ///
    /// ```
    /// use mock_swr::MockSwr;
    ///
    /// let first = MockSwr::start();
    /// let port = first.registry().rsplit(':').next().unwrap().parse().unwrap();
    /// assert!(MockSwr::builder().ports(0, port).try_start().is_err());
    /// ```
    #[track_caller]
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
            frozen_by_default: None,
            credentials: self.credentials,
            project_id: self.project_id,
            settings: self.settings,
        };
        let mut state = self.world.state(&identity).map_err(StartError::World)?;
        // A world that is restored later must match these names, too. It brings its own clock.
        let of_world = ServerIdentity::of(&state);
        let identity = ServerIdentity {
            region: of_world.region,
            account: of_world.account,
            user: of_world.user,
            frozen_at: None,
            frozen_by_default: self.frozen_at,
            ..identity
        };
        state.begin_server();
        if let Some(time) = self.frozen_at {
            state.clock.freeze();
            state.set_time(time);
        }

        let tls = self.identity.transpose().map_err(StartError::Tls)?;
        let scheme = match tls {
            None => Scheme::Http,
            Some(_) => Scheme::Https,
        };
        let network = Network::new(host, tls);
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
        let bound = Bound::open(scheme, identity.settings.blob_redirects, open)?;
        let endpoints = Endpoints::new(state.home_region(), bound, advertise.as_ref());
        let listeners = Box::new(network.clone());
        let log = self.log.unwrap_or_else(is_log_in_environment);
        let log = log.then(|| open_log(&endpoints, identity.settings.audience));
        let log = log.transpose().map_err(StartError::Runtime)?;
        let folder = self.coverage.or_else(coverage_of_environment);
        let coverage = folder
            .map(|folder| record(folder, &endpoints))
            .transpose()?;
        let mut core = Core::new(
            state,
            self.auth,
            identity,
            self.levels,
            (endpoints, listeners),
            log.map(Arc::new),
        );
        core.coverage = coverage;
        let core = Arc::new(core);
        network.serve(&core).map_err(StartError::Runtime)?;
        Ok(MockSwr::owner(core))
    }
}

/// The environment variable with the folder of the coverage, for servers whose builder sets none.
const COVERAGE: &str = "MOCK_SWR_COVERAGE";

fn coverage_of_environment() -> Option<PathBuf> {
    let folder = env::var_os(COVERAGE).filter(|folder| !folder.is_empty());
    folder.map(PathBuf::from)
}

/// Creates the recorder of a server. Its file has the port of the registry in its name, because servers of one process
/// have different ports.
fn record(folder: PathBuf, endpoints: &Endpoints) -> Result<Recorder, StartError> {
    let registry = endpoints.registry();
    let port = registry.rsplit_once(':').map_or("", |(_, port)| port);
    Recorder::create(&folder, port).map_err(|error| StartError::Coverage(folder, error))
}

/// Whether `MOCK_SWR_LOG` switches the log on.
fn is_log_in_environment() -> bool {
    env::var_os("MOCK_SWR_LOG").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Opens the log of a server. Each line begins with the port, except for the program, which has one server.
fn open_log(endpoints: &Endpoints, audience: Audience) -> io::Result<Log> {
    let endpoint = endpoints.endpoint();
    let port = endpoint.rsplit(':').next().unwrap_or_default();
    match audience {
        Audience::Program => Log::of_program(),
        Audience::Test => {
            let log = Log::of_test(port)?;
            let thread = std::thread::current();
            let test = thread.name().unwrap_or("a thread without a name");
            log.write(format!(
                "started by {test}, registry {}",
                endpoints.registry()
            ));
            Ok(log)
        }
    }
}
