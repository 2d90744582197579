//! The registries that are compared, and how each is started.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ferro_blob_store::InMemoryBlobStore;
use ferro_oci_server::{AppState, InMemoryRegistryMeta};
use http::HeaderMap;
use http::header::{HeaderValue, LOCATION};
use mock_swr::{Auth, Level, MockSwr, ProblemKind, Profile};
use registry_testkit::{RegistryConfig, RegistryServer};

use crate::contestants::{HYPER_SHA256, MOCK_SWR};
use crate::exchange::Sample;
use crate::measure::Process;
use crate::raw::{self, RUNTIME, Shared};

pub(crate) const TESTKIT: &str = "registry-testkit";
pub(crate) const FERRO: &str = "ferro-oci-server";
pub(crate) const DOCKER: &str = "docker-registry";

/// The lines of most tables about registries.
pub(crate) const REGISTRIES: &[&str] = &[TESTKIT, FERRO, DOCKER, MOCK_SWR];

/// The repository that all is pushed to. registry-testkit knows names of one segment only.
pub(crate) fn repo_at(line: &str) -> &'static str {
    if line == TESTKIT {
        "web"
    } else {
        "library/web"
    }
}

/// The program, which Debian's package of the same name brings.
const PROGRAM: &str = "docker-registry";
/// Where the filesystem is memory.
const MEMORY: &str = "/dev/shm";

/// A registry that runs, until it is dropped.
pub(crate) struct Registry {
    pub(crate) address: SocketAddr,
    /// mock-swr alone has another API beside the registry's.
    pub(crate) swr: Option<MockSwr>,
    /// The process whose memory is the registry's: this one, but for the one that is a program.
    pub(crate) process: Process,
    _running: Running,
}

enum Running {
    Swr,
    Raw {
        _server: Shared,
    },
    Testkit {
        _server: RegistryServer,
    },
    /// A task, which ends with the process.
    Ferro,
    Program {
        _program: Program,
    },
}

/// Why a line cannot be measured here.
pub(crate) fn absent(line: &str) -> Option<&'static str> {
    (line == DOCKER && program().is_none())
        .then_some("it is not installed: apt-get install docker-registry")
}

impl Registry {
    pub(crate) fn start(line: &str) -> Registry {
        match line {
            MOCK_SWR => Registry::mock_swr(),
            HYPER_SHA256 => Registry::raw(pushed(), true),
            TESTKIT => {
                let started = RUNTIME.block_on(RegistryServer::new(RegistryConfig::memory()));
                let server = started.expect("registry-testkit did not start");
                Registry::here(server.addr(), Running::Testkit { _server: server })
            }
            FERRO => Registry::ferro(),
            DOCKER => Registry::docker(),
            other => panic!("no registry is called {other}"),
        }
    }

    fn here(address: SocketAddr, running: Running) -> Registry {
        Registry {
            address,
            swr: None,
            process: Process::this(),
            _running: running,
        }
    }

    fn mock_swr() -> Registry {
        let swr = MockSwr::builder()
            .auth(Auth::Off)
            .profile(Profile::Oci)
            // More requests come than the journal keeps, which is not to fail the measurement.
            .level(ProblemKind::JournalFull, Level::Ignore)
            .start();
        let address = swr.registry().parse().expect("an address");
        Registry {
            swr: Some(swr),
            ..Registry::here(address, Running::Swr)
        }
    }

    /// Raw hyper, which gives this answer to all, and hashes what it is sent if it is told to.
    pub(crate) fn raw(sample: Sample, hash: bool) -> Registry {
        let server = Shared::start(raw::Answer {
            sample: Arc::new(sample),
            hash,
        });
        Registry::here(server.address, Running::Raw { _server: server })
    }

    /// As its documentation says to embed it.
    fn ferro() -> Registry {
        let state = AppState::new(
            Arc::new(InMemoryBlobStore::new()),
            Arc::new(InMemoryRegistryMeta::new()),
        );
        let bound = RUNTIME.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = bound.expect("no listener");
        let address = listener.local_addr().expect("an address");
        RUNTIME.spawn(async { axum::serve(listener, ferro_oci_server::router(state)).await });
        Registry::here(address, Running::Ferro)
    }

    fn docker() -> Registry {
        let program = Program::start();
        Registry {
            address: program.address,
            swr: None,
            process: Process::of(program.child.id()),
            _running: Running::Program { _program: program },
        }
    }
}

/// The responses that clients need to begin and to finish an upload.
fn pushed() -> Sample {
    let location = HeaderValue::from_static("/v2/web/blobs/uploads/1");
    Sample {
        status: 202,
        headers: HeaderMap::from_iter([(LOCATION, location)]),
        body: Bytes::new(),
    }
}

/// Where Debian's registry is.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(PROGRAM))
        .find(|program| program.is_file())
}

/// Debian's registry, with its files in memory.
struct Program {
    child: Child,
    address: SocketAddr,
    directory: PathBuf,
}

impl Program {
    fn start() -> Program {
        let address = free_address();
        let name = format!("mock-swr-bench-{}", std::process::id());
        let memory = PathBuf::from(MEMORY);
        let parent = if memory.is_dir() {
            memory
        } else {
            std::env::temp_dir()
        };
        let directory = parent.join(name);
        fs::create_dir_all(&directory).expect("a directory");
        let configuration = directory.join("config.yml");
        let root = directory.display();
        let text = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nhttp: {{addr: \"{address}\"}}\n\
             storage: {{filesystem: {{rootdirectory: {root}/data, maxthreads: 100}}, cache: {{blobdescriptor: inmemory}}, \
             delete: {{enabled: true}}}}\n"
        );
        fs::write(&configuration, text).expect("a configuration");
        let child = Command::new(program().expect("a registry"))
            .arg("serve")
            .arg(&configuration)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the registry does not run");
        let program = Program {
            child,
            address,
            directory,
        };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "the registry does not answer"
            );
            thread::sleep(Duration::from_millis(20));
        }
        program
    }
}

impl Drop for Program {
    /// Whatever fails here fails on the way out.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// One that nobody listens on just now.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("no listener");
    listener.local_addr().expect("an address")
}
