//! Connections: HTTP/1.1 and 2 on one port, all on one thread.

use std::convert::Infallible;
use std::future::Future;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;

use herdlab_sim::time::Nanos;
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::spawn_local;

use super::answer::answer;
use super::events::events;
use super::shared::Shared;
use crate::error::RunError;
use crate::timer::Timer;

/// After a connection that could not be taken: there may be no descriptor free.
const PAUSE: Nanos = Nanos::from_millis(10);

/// Serves until it is over.
pub(super) async fn serve(
    shared: Arc<Shared>,
    listener: TcpListener,
    tick: Nanos,
    mut over: watch::Receiver<bool>,
) -> Result<(), RunError> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let timer = Timer::new(tick)?;
    spawn_local(timer.clone().drive());
    let (happening, on_time) = (Arc::clone(&shared), timer.clone());
    spawn_local(async move { events(&happening, &on_time).await });
    let hall = Rc::new(Hall { shared, timer });
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => _ = spawn_local(Rc::clone(&hall).attend(stream)),
                Err(_) => hall.timer.after(PAUSE).await,
            },
            _ = over.wait_for(|over| *over) => return Ok(()), // what is under way is dropped with the runtime
        }
    }
}

/// Where clients are served.
struct Hall {
    shared: Arc<Shared>,
    timer: Timer,
}

impl Hall {
    /// Serves a connection to its end. A client that breaks it off is no error of ours.
    async fn attend(self: Rc<Self>, stream: TcpStream) {
        let _ = stream.set_nodelay(true); // slower without, but no worse
        let service = service_fn(move |request| {
            let hall = Rc::clone(&self);
            async move { Ok::<_, Infallible>(answer(&hall.shared, &hall.timer, &request).await) }
        });
        let mut builder = auto::Builder::new(OnThisThread);
        builder.http1().timer(TokioTimer::new());
        builder.http2().timer(TokioTimer::new());
        let _ = builder.serve_connection(TokioIo::new(stream), service).await;
    }
}

/// Tasks of a connection stay on its thread.
#[derive(Copy, Clone, Debug)]
struct OnThisThread;

impl<F: Future + 'static> Executor<F> for OnThisThread {
    fn execute(&self, task: F) {
        spawn_local(async move {
            task.await;
        });
    }
}
