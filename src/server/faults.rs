//! Planned faults while the body of a response is sent: cuts, stalls, pauses and corruption.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Sleep, sleep};

use super::hold::LONGEST_HOLD;
use super::pieces::Pieces;
use super::wire::Wire;
use crate::base::problem::ProblemKind;
use crate::engine::answer::{Break, Delivery, Extent};
use crate::engine::core::Core;
use crate::engine::dispatch::Cut;
use crate::engine::progress::Progress;

/// Written data up to this size is assumed to be delivered at once. A reset would discard data that is still in
/// transit.
const ASSUMED_DELIVERED: u64 = 32 * 1024;

/// The interval between checks whether all data is delivered.
const DELIVERY_CHECK: Duration = Duration::from_millis(2);

/// How long the client may read before a reset, on platforms that do not report delivery.
const TIME_TO_READ: Duration = Duration::from_millis(50);

/// Sends a body with the planned faults.
pub(super) struct Fault {
    core: Arc<Core>,
    wire: Arc<Wire>,
    plan: Arc<Progress>,
    /// How many bytes are still sent before `end`.
    remaining: u64,
    end: Option<Break>,
    /// The number of bytes before the byte to corrupt.
    corrupt_in: Option<u64>,
    pace: Option<(u64, Duration)>,
    /// How many bytes are left of the current piece.
    piece: u64,
    /// How long the last byte may still wait for the delivery of the bytes before it.
    delivery_wait: Duration,
    has_stalled: bool,
    /// Whether the connection ends when its bytes are written.
    ends_when_written: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Fault {
    /// Creates the faults for a body of this size.
    pub(super) fn new(
        core: &Arc<Core>,
        wire: &Arc<Wire>,
        (delivery, plan): (Delivery, Arc<Progress>),
        size: u64,
    ) -> Fault {
        let (remaining, end) = match delivery.end {
            Extent::Whole | Extent::Lost => (size, None),
            Extent::After(bytes, end) => (bytes.min(size), Some(end)),
        };
        Fault {
            core: Arc::clone(core),
            wire: Arc::clone(wire),
            plan,
            remaining,
            end,
            corrupt_in: (delivery.corrupt && size > 0).then_some(size / 2),
            pace: delivery.pace,
            piece: delivery.pace.map_or(u64::MAX, |(bytes, _)| bytes),
            delivery_wait: if end == Some(Break::Reset) && remaining > ASSUMED_DELIVERED {
                LONGEST_HOLD
            } else {
                Duration::ZERO
            },
            has_stalled: false,
            ends_when_written: false,
            pause: None,
        }
    }

    /// The next piece; `None` after the last.
    pub(super) fn poll_piece(
        &mut self,
        pieces: &mut Pieces,
        context: &mut Context<'_>,
    ) -> Poll<Option<Bytes>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            if self.remaining == 1 && !self.delivery_wait.is_zero() {
                self.await_delivery();
                continue;
            }
            if self.remaining > 0 {
                return Poll::Ready(self.take(pieces));
            }
            match self.end {
                None => return Poll::Ready(None),
                Some(Break::Stall) if !self.has_stalled => {
                    self.has_stalled = true;
                    self.pause = Some(Box::pin(sleep(LONGEST_HOLD)));
                }
                Some(Break::Stall) => {
                    self.note_long_stall();
                    self.end = Some(Break::Close);
                }
                Some(Break::Close | Break::Reset) => {
                    if !self.ends_when_written {
                        self.ends_when_written = true;
                        self.end_when_written();
                        // All bytes may be written already, so the connection must be flushed again to end. If they
                        // are not, the socket wakes the task.
                        context.waker().wake_by_ref();
                    }
                    return Poll::Pending;
                }
            }
        }
    }

    /// Pauses until all bytes but the last are delivered, or for one interval.
    fn await_delivery(&mut self) {
        let pause = match self.wire.has_delivered() {
            Some(true) => {
                self.delivery_wait = Duration::ZERO;
                return;
            }
            Some(false) => {
                self.delivery_wait = self.delivery_wait.saturating_sub(DELIVERY_CHECK);
                DELIVERY_CHECK
            }
            None => {
                self.delivery_wait = Duration::ZERO;
                TIME_TO_READ
            }
        };
        self.pause = Some(Box::pin(sleep(pause)));
    }

    /// The bytes up to the next pause, corruption or end.
    fn take(&mut self, pieces: &mut Pieces) -> Option<Bytes> {
        let last_waits = !self.delivery_wait.is_zero();
        if last_waits {
            self.wire.begin_delivery();
        }
        let to_last = self.remaining - u64::from(last_waits);
        let to_corrupt = self.corrupt_in.map_or(u64::MAX, |bytes| bytes.max(1));
        let mut bytes = pieces.up_to(to_last.min(to_corrupt).min(self.piece))?;
        let size = bytes.len() as u64;
        self.corrupt_in = match self.corrupt_in {
            Some(0) => {
                bytes = bytes.iter().map(|byte| byte ^ 1).collect();
                None
            }
            further => further.map(|further| further - size),
        };
        self.remaining -= size;
        self.piece -= size;
        if self.remaining == 0 {
            // hyper does not poll again after the last byte of a complete body.
            self.end_when_written();
        } else if let Some((bytes, every)) = self.pace
            && self.piece == 0
        {
            self.piece = bytes;
            self.pause = Some(Box::pin(sleep(every)));
        }
        Some(bytes)
    }

    fn end_when_written(&self) {
        match self.end {
            Some(Break::Reset) => self.wire.end_when_written(Cut::Reset),
            Some(Break::Close) => self.wire.end_when_written(Cut::Close),
            Some(Break::Stall) | None => {}
        }
    }

    fn note_long_stall(&self) {
        let plan = &self.plan;
        self.core.note(
            ProblemKind::PlanLeft,
            format!(
                "{plan}; the client waited longer than {LONGEST_HOLD:?} for the stalled response"
            ),
        );
    }
}

impl Drop for Fault {
    /// hyper does not poll the body of a response to HEAD, so the connection ends here.
    fn drop(&mut self) {
        self.end_when_written();
    }
}
