//! Running a future of a database's driver to its end on the calling thread.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// How often it is looked whether there is more before the thread is put to sleep: a few microseconds.
const LOOKS: u32 = 50;

struct Woken {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Runs it to its end. The driver's thread wakes this one with the first row or the number of rows, again with each row that follows, and
/// again when it is done, each within a microsecond or two: from the first on it is waited for awake, since falling asleep costs more.
pub fn run_to_end<T>(work: impl Future<Output = T>) -> T {
    let woken = Arc::new(Woken {
        thread: thread::current(),
        woken: AtomicBool::new(false),
    });
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut work = pin!(work);
    let mut looks = 0;
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
        while !woken.woken.swap(false, Ordering::Acquire) {
            if looks > 0 {
                looks -= 1;
                std::hint::spin_loop();
            } else {
                thread::park();
            }
        }
        looks = LOOKS;
    }
}
