//! Faults while a response is sent.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::{Answer, AnswerKind};

/// How a response is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) corrupt: bool,
    /// The size of a piece in bytes, and the pause between pieces.
    pub(crate) pace: Option<(u64, Duration)>,
    pub(crate) end: Extent,
}

/// How much of a response is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Extent {
    #[default]
    Whole,
    /// Nothing: the connection is reset.
    Lost,
    /// The head and this many bytes of the body, then a break.
    After(u64, Break),
}

/// What happens instead of sending the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    Reset,
    Close,
    Stall,
}

impl Answer {
    /// Sends these bytes instead of a response, and closes the connection (FIN). The service does not act.
    ///
    /// Use it for invalid responses: a wrong length, a malformed chunk, truncated JSON, half a head, or bytes that are
    /// not HTTP. The request is read first. The status in the journal is that of the first line, if it has one.
    /// [`Answer::dribble`], [`Answer::corrupt`], [`Answer::reset_after`], [`Answer::close_after`] and
    /// [`Answer::stall_after`] treat these bytes as a body.
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
    /// // A wrong length: the head announces 100 bytes, and 2 follow.
    /// swr.on(Op::ListNamespaces, Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"));
    /// assert!(list().unwrap_err().is_decode());
    ///
    /// // A malformed chunk: its size is not a number.
    /// let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsize\r\n{}\r\n0\r\n\r\n";
    /// swr.on(Op::ListNamespaces, Answer::raw(chunked));
    /// assert!(list().unwrap_err().is_decode());
    ///
    /// // Truncated JSON in a valid response.
    /// swr.on(Op::ListNamespaces, Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"namespaces\":"));
    /// assert_eq!(list().unwrap(), "{\"namespaces\":");
    ///
    /// // Half a head, and then nothing until the client times out.
    /// # let silent =
    /// swr.on(Op::ListNamespaces, Answer::raw("HTTP/1.1 200 OK\r\nConte").stall_after(u64::MAX));
    /// # silent.remove();
    /// ```
    pub fn raw(bytes: impl AsRef<[u8]>) -> Answer {
        Answer::of(AnswerKind::Raw(Bytes::copy_from_slice(bytes.as_ref())))
    }

    /// Closes the connection (FIN) before any byte of a response. The service does not act.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ShowRepository, Answer::close()).remove();
    /// ```
    pub fn close() -> Answer {
        Answer::of(AnswerKind::Close)
    }

    /// Resets the connection (RST) before any byte of a response. The service does not act.
    ///
    /// ```
    /// # use mock_swr::{Answer, MockSwr, Op};
    /// # let swr = MockSwr::start();
    /// swr.on(Op::ShowRepository, Answer::reset()).remove();
    /// ```
    pub fn reset() -> Answer {
        Answer::of(AnswerKind::Reset)
    }

    /// Resets the connection (RST) after reading this many bytes of the request's body, or at its end if it is
    /// shorter. The service does not act.
    ///
    /// The plan must match by the head of the request alone: [`MockSwr::on`](crate::MockSwr::on) panics if it selects
    /// calls by their body. If the body is read anyway, for [`Answer::with`] or for a newer plan, the reset follows
    /// after that.
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
        Answer::of(AnswerKind::ResetAfterReading(bytes))
    }

    /// Loses the response: resets the connection (RST) before any byte of it. If the service acts, its changes remain,
    /// but the client cannot know.
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

    /// Resets the connection (RST) after the head and this many bytes of the response's body, or all if it is shorter.
    ///
    /// The head is that of the complete response. If the service acts, it acts before the response is sent. On Linux
    /// the client receives all bytes before the reset, if it reads them. On other platforms a reset may discard bytes
    /// in transit.
    ///
    /// # Panics
    ///
    /// If no byte of the answer is sent, as for [`Answer::close`].
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
        self.break_after("reset_after", body_bytes, Break::Reset)
    }

    /// Closes the connection (FIN) after the head and this many bytes of the response's body, or all if it is shorter.
    ///
    /// The head is that of the complete response. If the service acts, it acts before the response is sent.
    ///
    /// # Panics
    ///
    /// If no byte of the answer is sent, as for [`Answer::close`].
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
        self.break_after("close_after", body_bytes, Break::Close)
    }

    /// Stops sending after the head and this many bytes of the response's body, until the client disconnects.
    ///
    /// The head is that of the complete response. If the service acts, it acts before the response is sent. A body
    /// that is not longer is sent completely and does not stall. To delay the whole response, use [`Answer::hold`].
    /// After 30 seconds the connection is closed, which is a problem of the test.
    ///
    /// # Panics
    ///
    /// If no byte of the answer is sent, as for [`Answer::close`].
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
    #[doc(alias = "timeout")]
    #[track_caller]
    pub fn stall_after(self, body_bytes: u64) -> Answer {
        self.break_after("stall_after", body_bytes, Break::Stall)
    }

    #[track_caller]
    fn break_after(mut self, method: &str, body_bytes: u64, how: Break) -> Answer {
        self.check_sends(method);
        self.delivery.end = Extent::After(body_bytes, how);
        self
    }

    /// Sends the body in pieces of this many bytes, with a pause in real time between them. If the service acts, it
    /// acts before the response is sent.
    ///
    /// # Panics
    ///
    /// If `bytes` is 0, or if no byte of the answer is sent, as for [`Answer::close`].
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
        assert!(
            bytes > 0,
            "`dribble` expects pieces of at least 1 byte, got 0"
        );
        self.check_sends("dribble");
        self.delivery.pace = Some((bytes, every));
        self
    }

    /// Flips the lowest bit of the byte in the middle of the body. If the service acts, it acts before the response is
    /// sent.
    ///
    /// Text stays text, and a digest no longer matches. The head does not change, and an empty body stays as it is.
    ///
    /// # Panics
    ///
    /// If no byte of the answer is sent, as for [`Answer::close`].
    ///
    /// ```
    /// use mock_swr::{Answer, MockSwr, Op};
    ///
    /// let swr = MockSwr::start();
    /// let versions = || reqwest::blocking::get(swr.endpoint()).unwrap().text().unwrap();
    /// swr.on(Op::ListApiVersions, Answer::real().corrupt());
    /// let (corrupt, intact) = (versions(), versions());
    /// assert_eq!(corrupt.len(), intact.len());
    /// assert_ne!(corrupt, intact);
    /// ```
    #[track_caller]
    pub fn corrupt(mut self) -> Answer {
        self.check_sends("corrupt");
        self.delivery.corrupt = true;
        self
    }

    /// Panics if no byte is sent, because the method would have no effect.
    #[track_caller]
    fn check_sends(&self, method: &str) {
        if let Err(reason) = self.can_send(method) {
            panic!("{reason}");
        }
    }

    /// Whether a method that changes the sending of the response has an effect.
    pub(crate) fn can_send(&self, method: &str) -> Result<(), String> {
        match self.kind {
            AnswerKind::Close | AnswerKind::Reset | AnswerKind::ResetAfterReading(_) => Err(
                format!("`{method}` has no effect on {self}: no byte of the response is sent"),
            ),
            _ => Ok(()),
        }
    }

    /// Whether a method that changes the head of the response has an effect.
    pub(super) fn can_set(&self, method: &str) -> Result<(), String> {
        self.can_send(method)?;
        match self.kind {
            AnswerKind::Raw(_) => Err(format!(
                "`{method}` has no effect on `raw`, which is sent unchanged: write it into the bytes"
            )),
            _ => Ok(()),
        }
    }
}

impl Delivery {
    /// The maximum number of bytes of the body that are sent.
    pub(crate) fn body_limit(&self) -> u64 {
        match self.end {
            Extent::Whole => u64::MAX,
            Extent::Lost => 0,
            Extent::After(bytes, _) => bytes,
        }
    }

    /// Combines two deliveries. Settings of `other` apply where `self` has none.
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
