//! The registries that are compared, and how each one starts.

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
use crate::measure::{Process, find_program};
use crate::raw::{self, RUNTIME, Shared};

pub(crate) const TESTKIT: &str = "registry-testkit";
pub(crate) const FERRO: &str = "ferro-oci-server";
/// The program, from the Debian package of the same name.
pub(crate) const DOCKER: &str = "docker-registry";

/// The lines of most tables about registries.
pub(crate) const REGISTRIES: &[&str] = &[TESTKIT, FERRO, DOCKER, MOCK_SWR];

/// Returns the repository that all images are pushed to. registry-testkit accepts only names of one segment.
pub(crate) fn repo_at(line: &str) -> &'static str {
    if line == TESTKIT {
        "web"
    } else {
        "library/web"
    }
}

/// A tmpfs.
const MEMORY: &str = "/dev/shm";

/// A running registry. Dropping it stops it.
pub(crate) struct Registry {
    pub(crate) address: SocketAddr,
    /// The server, if it is mock-swr, which has a management API too.
    pub(crate) swr: Option<MockSwr>,
    /// The process whose memory is measured: docker-registry's own, or this one.
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
    /// A task that runs until the process ends.
    Ferro,
    Program {
        _program: Program,
    },
}

impl Registry {
    pub(crate) fn start(line: &str) -> Registry {
        match line {
            MOCK_SWR => Registry::mock_swr(),
            HYPER_SHA256 => Registry::raw(pushed(), true),
            TESTKIT => {
                let started = RUNTIME.block_on(RegistryServer::new(RegistryConfig::memory()));
                let server = started.expect("registry-testkit starts");
                Registry::in_process(server.addr(), Running::Testkit { _server: server })
            }
            FERRO => Registry::ferro(),
            DOCKER => Registry::docker(),
            other => panic!("no registry is named {other}"),
        }
    }

    fn in_process(address: SocketAddr, running: Running) -> Registry {
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
            // Measurements send more requests than the journal keeps.
            .level(ProblemKind::JournalFull, Level::Ignore)
            .start();
        let address = swr.registry().parse().expect("the registry has an address");
        Registry {
            swr: Some(swr),
            ..Registry::in_process(address, Running::Swr)
        }
    }

    /// Starts raw hyper, which returns `sample` to every request and hashes bodies if `hash` is set.
    pub(crate) fn raw(sample: Sample, hash: bool) -> Registry {
        let server = Shared::start(raw::Settings {
            sample: Arc::new(sample),
            hash,
        });
        Registry::in_process(server.address, Running::Raw { _server: server })
    }

    /// Starts ferro-oci-server the way its documentation embeds it.
    fn ferro() -> Registry {
        let state = AppState::new(
            Arc::new(InMemoryBlobStore::new()),
            Arc::new(InMemoryRegistryMeta::new()),
        );
        let bound = RUNTIME.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = bound.expect("the listener starts");
        let address = listener.local_addr().expect("the registry has an address");
        RUNTIME.spawn(async { axum::serve(listener, ferro_oci_server::router(state)).await });
        Registry::in_process(address, Running::Ferro)
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

/// Returns a response that clients accept at the start and at the end of an upload.
fn pushed() -> Sample {
    let location = HeaderValue::from_static("/v2/web/blobs/uploads/1");
    Sample {
        status: 202,
        headers: HeaderMap::from_iter([(LOCATION, location)]),
        body: Bytes::new(),
    }
}

/// A process of Debian's registry, with its files in memory.
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
        fs::create_dir_all(&directory).expect("the directory can be created");
        let configuration = directory.join("config.yml");
        let root = directory.display();
        let text = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nhttp: {{addr: \"{address}\"}}\n\
             storage: {{filesystem: {{rootdirectory: {root}/data, maxthreads: 100}}, \
             cache: {{blobdescriptor: inmemory}}, delete: {{enabled: true}}}}\n"
        );
        fs::write(&configuration, text).expect("the configuration can be written");
        let child = Command::new(find_program(DOCKER).expect("docker-registry is installed"))
            .arg("serve")
            .arg(&configuration)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry starts");
        let program = Program {
            child,
            address,
            directory,
        };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "docker-registry did not accept connections within 10 s"
            );
            thread::sleep(Duration::from_millis(20));
        }
        program
    }
}

impl Drop for Program {
    /// Ignores errors, because the measurement has ended.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Returns an address with a free port.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the listener starts");
    listener.local_addr().expect("the registry has an address")
}
