//! A TCP proxy that can cut its lines and change where it leads.

use std::net::Ipv4Addr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub(crate) struct Proxy {
    pub(crate) port: u16,
    target: watch::Sender<u16>,
    cuts: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (target, target_now) = watch::channel(target);
        let (cuts, cut) = watch::channel(0);
        let task = tokio::spawn(async move {
            let mut lines = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                while lines.try_join_next().is_some() {}
                lines.spawn(carry(stream, *target_now.borrow(), cut.clone()));
            }
        });
        Self {
            port,
            target,
            cuts,
            task,
        }
    }

    /// Where the next connections lead; those that stand stay.
    pub(crate) fn lead_to(&self, port: u16) {
        self.target.send_replace(port);
    }

    /// Cuts every connection.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut near: TcpStream, target: u16, mut cuts: watch::Receiver<u64>) {
    cuts.mark_unchanged();
    let line = async {
        let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await?;
        copy_bidirectional(&mut near, &mut far).await
    };
    tokio::select! {
        biased;
        // A line that breaks by itself is what the other side sees as well.
        _ = line => {}
        _ = cuts.changed() => {}
    }
}
