//! What goes wrong on the wire.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::{Answer, What};

/// How an answer goes onto the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) corrupt: bool,
    /// In pieces of so many bytes, with a pause between.
    pub(crate) pace: Option<(u64, Duration)>,
    pub(crate) end: Extent,
}

/// How far it gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Extent {
    #[default]
    Whole,
    /// A reset before any byte.
    Lost,
    /// So many bytes of the body go out.
    After(u64, Break),
}

/// What comes in place of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    Reset,
    Close,
    Stall,
}

impl Answer {
    /// These bytes on the wire, whatever they are, and then the end of the connection (FIN). The service does not act.
    ///
    /// It is the way to answer with what no server should: a length that is wrong, a chunk that is none, JSON that
    /// breaks off, half a head, something else than HTTP. The request is read first. The journal's status is that of
    /// the first line, if there is one. [`Answer::dribble`], [`Answer::corrupt`], [`Answer::reset_after`],
    /// [`Answer::close_after`] and [`Answer::stall_after`] work on these bytes as on a body.
    ///
    /// ```
    /// use mock_swr::{Answer, MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// let list = || {
    ///     let url = format!("{}/v2/manage/namespaces", swr.endpoint());
    ///     reqwest::blocking::get(url).and_then(|answer| answer.text())
    /// };
    ///
    /// // A wrong length: 100 bytes are promised, 2 come.
    /// swr.on(Op::ListNamespaces, Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"));
    /// assert!(list().unwrap_err().is_decode());
    ///
    /// // A malformed chunk: its size is no number.
    /// let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsize\r\n{}\r\n0\r\n\r\n";
    /// swr.on(Op::ListNamespaces, Answer::raw(chunked));
    /// assert!(list().unwrap_err().is_decode());
    ///
    /// // Broken JSON, in an answer that is sound otherwise.
    /// swr.on(Op::ListNamespaces, Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"namespaces\":"));
    /// assert_eq!(list().unwrap(), "{\"namespaces\":");
    ///
    /// // Half a head, and then silence until the client gives up.
    /// # let silent =
    /// swr.on(Op::ListNamespaces, Answer::raw("HTTP/1.1 200 OK\r\nConte").stall_after(u64::MAX));
    /// # silent.remove();
    /// ```
    pub fn raw(bytes: impl AsRef<[u8]>) -> Answer {
        Answer::of(What::Raw(Bytes::copy_from_slice(bytes.as_ref())))
    }

    /// The connection is closed (FIN) before any byte of an answer. The service does not act.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ShowRepository, Answer::close()).remove();
    /// ```
    pub fn close() -> Answer {
        Answer::of(What::Close)
    }

    /// The connection is reset (RST) before any byte of an answer. The service does not act.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ShowRepository, Answer::reset()).remove();
    /// ```
    pub fn reset() -> Answer {
        Answer::of(What::Reset)
    }

    /// The connection is reset (RST) in the middle of the request, after so many bytes of its body were read, or at
    /// its end if it is shorter. The service does not act.
    ///
    /// It is decided by the head of the request: [`MockSwr::on`](crate::MockSwr::on) panics where the calls are
    /// those with something in their body. Where the body is read all the same, for [`Answer::with`] or for a newer
    /// plan about it, the reset comes after that.
    ///
    /// ```
    /// use mock_swr::{Answer, Auth, MockSwr, Op};
    ///
    /// let swr = MockSwr::builder().auth(Auth::Off).start();
    /// let web = swr.seed_repo("group/web");
    /// swr.on(Op::StartUpload.repo("group/web"), Answer::reset_after_reading(1000));
    ///
    /// let upload = format!("http://{}/v2/group/web/blobs/uploads/", swr.registry());
    /// let pushed = reqwest::blocking::Client::new().post(upload).body(vec![0; 1_000_000]).send();
    /// assert!(pushed.unwrap_err().is_request());
    /// assert!(web.uploads().is_empty());
    /// assert_eq!(swr.verify(Op::StartUpload).once().body().len(), 1000);
    /// ```
    pub fn reset_after_reading(bytes: u64) -> Answer {
        Answer::of(What::ResetAfterReading(bytes))
    }

    /// Lost on the way: the connection is reset (RST) before any byte of it. The service has acted, if it acts;
    /// the client cannot know.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::CreateRepo, Answer::real().lost()).remove();
    /// ```
    pub fn lost(mut self) -> Answer {
        self.delivery.end = Extent::Lost;
        self
    }

    /// Reset (RST) after its head, which is that of the whole, and so many bytes of its body, or all if there are not
    /// more. The service has acted, if it acts.
    ///
    /// On Linux all of that reaches a client that reads; elsewhere a reset may take with it what is still on the way.
    ///
    /// # Panics
    ///
    /// If nothing of the answer goes out: [`Answer::close`] and its like.
    ///
    /// ```
    /// use mock_swr::{Answer, MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// swr.on(Op::ListApiVersions, Answer::real().reset_after(10));
    /// let answer = reqwest::blocking::get(swr.endpoint()).unwrap();
    /// assert_eq!(answer.status(), 200);
    /// assert!(answer.text().is_err());
    /// ```
    #[track_caller]
    pub fn reset_after(self, body_bytes: u64) -> Answer {
        self.breaks("reset_after", body_bytes, Break::Reset)
    }

    /// Closed (FIN) after its head, which is that of the whole, and so many bytes of its body, or all if there are not
    /// more. The service has acted, if it acts.
    ///
    /// # Panics
    ///
    /// If nothing of the answer goes out: [`Answer::close`] and its like.
    ///
    /// ```
    /// use mock_swr::{Answer, MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// swr.on(Op::ListApiVersions, Answer::real().close_after(10));
    /// let answer = reqwest::blocking::get(swr.endpoint()).unwrap();
    /// assert_eq!(answer.status(), 200);
    /// assert!(answer.text().is_err());
    /// ```
    #[track_caller]
    pub fn close_after(self, body_bytes: u64) -> Answer {
        self.breaks("close_after", body_bytes, Break::Close)
    }

    /// Stalled after its head, which is that of the whole, and so many bytes of its body: nothing more comes until the
    /// client goes away. The service has acted, if it acts.
    ///
    /// A body of not more bytes arrives whole, and nothing stalls: for an answer that never begins there is
    /// [`Answer::hold`]. A client that waits longer than 30 seconds sees the connection close, and that is a problem of
    /// the test.
    ///
    /// # Panics
    ///
    /// If nothing of the answer goes out: [`Answer::close`] and its like.
    ///
    /// ```
    /// use mock_swr::{Answer, MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// swr.on(Op::ListApiVersions, Answer::real().stall_after(10));
    /// let answer = reqwest::blocking::get(swr.endpoint()).unwrap(); // the head arrives, the body stalls
    /// drop(swr); // or the client times out
    /// assert!(answer.text().is_err());
    /// ```
    #[track_caller]
    pub fn stall_after(self, body_bytes: u64) -> Answer {
        self.breaks("stall_after", body_bytes, Break::Stall)
    }

    #[track_caller]
    fn breaks(mut self, word: &str, body_bytes: u64, how: Break) -> Answer {
        self.check_sends(word);
        self.delivery.end = Extent::After(body_bytes, how);
        self
    }

    /// Its body goes out in pieces of so many bytes, with a pause in real time between them. The service has acted
    /// before the first, if it acts.
    ///
    /// # Panics
    ///
    /// If the pieces are empty, or nothing of the answer goes out: [`Answer::close`] and its like.
    ///
    /// ```
    /// use std::time::Duration;
    /// use mock_swr::{Answer, MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// swr.on(Op::ListApiVersions, Answer::real().dribble(100, Duration::from_millis(1)));
    /// let answer = reqwest::blocking::get(swr.endpoint()).unwrap().text().unwrap();
    /// assert!(answer.contains("versions"));
    /// ```
    #[track_caller]
    pub fn dribble(mut self, bytes: u64, every: Duration) -> Answer {
        assert!(bytes > 0, "a piece has at least one byte");
        self.check_sends("dribble");
        self.delivery.pace = Some((bytes, every));
        self
    }

    /// Corrupted on the way: one bit of its body is another, the lowest of the byte in the middle, so that text stays
    /// text and a digest no longer matches; the head says nothing of it. The service has acted, if it acts.
    ///
    /// An empty body has no bit and stays as it is.
    ///
    /// # Panics
    ///
    /// If nothing of the answer goes out: [`Answer::close`] and its like.
    ///
    /// ```
    /// use mock_swr::{Answer, MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// let versions = || reqwest::blocking::get(swr.endpoint()).unwrap().text().unwrap();
    /// swr.on(Op::ListApiVersions, Answer::real().corrupt());
    /// let (corrupt, sound) = (versions(), versions());
    /// assert_eq!(corrupt.len(), sound.len());
    /// assert_ne!(corrupt, sound);
    /// ```
    #[track_caller]
    pub fn corrupt(mut self) -> Answer {
        self.check_sends("corrupt");
        self.delivery.corrupt = true;
        self
    }

    /// Misuse by the author: there is nothing that the word could be about.
    #[track_caller]
    fn check_sends(&self, word: &str) {
        assert!(
            !matches!(
                self.what,
                What::Close | What::Reset | What::ResetAfterReading(_)
            ),
            "{self}: no byte of it goes out, so `{word}` changes nothing"
        );
    }

    /// The same, where the word is about what hyper writes.
    #[track_caller]
    pub(super) fn check_head(&self, word: &str) {
        self.check_sends(word);
        assert!(
            !matches!(self.what, What::Raw(_)),
            "`raw` goes out as it is, so `{word}` changes nothing; write it into the bytes"
        );
    }
}

impl Delivery {
    /// How many bytes go out at most.
    pub(crate) fn room(&self) -> u64 {
        match self.end {
            Extent::Whole => u64::MAX,
            Extent::Lost => 0,
            Extent::After(bytes, _) => bytes,
        }
    }

    /// This, and where it says nothing, the other.
    pub(crate) fn or(self, other: Delivery) -> Delivery {
        Delivery {
            corrupt: self.corrupt || other.corrupt,
            pace: self.pace.or(other.pace),
            end: match self.end {
                Extent::Whole => other.end,
                Extent::Lost | Extent::After(..) => self.end,
            },
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.corrupt {
            f.write_str(", corrupt")?;
        }
        if let Some((bytes, every)) = self.pace {
            write!(f, ", {bytes} bytes every {every:?}")?;
        }
        match self.end {
            Extent::Whole => Ok(()),
            Extent::Lost => f.write_str(", lost"),
            Extent::After(bytes, Break::Reset) => write!(f, ", reset after {bytes} bytes"),
            Extent::After(bytes, Break::Close) => write!(f, ", closed after {bytes} bytes"),
            Extent::After(bytes, Break::Stall) => write!(f, ", stalled after {bytes} bytes"),
        }
    }
}
