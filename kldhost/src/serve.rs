// SPDX-License-Identifier: BSD-2-Clause
//! `--serve`: other programs of the host read the machine's sysctls through a
//! socket, while it runs.
//!
//! A request is a name and an end of line. The answer is an errno of FreeBSD's
//! and a length, 32 bits each in the host's byte order, and so many bytes: the
//! value as sysctl(3) gives it. A connection may ask any number of times.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::kern;

/// The largest value that is served.
const ROOM: usize = 4 << 20;

/// The socket's file, which goes with the run.
pub struct Socket(std::path::PathBuf);

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Where the running machine serves, for the programs that it starts.
static PATH: OnceLock<std::path::PathBuf> = OnceLock::new();

/// The socket of this run, if it has one.
pub fn path() -> Option<&'static Path> {
    PATH.get().map(|p| p.as_path())
}

fn answer(stream: &UnixStream, buf: &mut [u8]) -> std::io::Result<()> {
    let mut out = stream;
    for line in BufReader::new(stream).lines() {
        let (errno, len) = kern::sysctl_serve(&line?, buf);
        let mut head = [0; 8];
        head[..4].copy_from_slice(&errno.to_ne_bytes());
        head[4..].copy_from_slice(&(len as u32).to_ne_bytes());
        out.write_all(&head)?;
        out.write_all(&buf[..len])?;
    }
    Ok(())
}

/// Serves from now on, after the late boot.
pub fn start(path: &Path) -> Result<Socket> {
    // What a run that died left behind.
    if UnixStream::connect(path).is_err_and(|e| e.kind() == std::io::ErrorKind::ConnectionRefused) {
        let _ = std::fs::remove_file(path);
    }
    let listener = UnixListener::bind(path).with_context(|| format!("--serve {}", path.display()))?;
    kern::sysctl_serve_start()?;
    let _ = PATH.set(std::path::absolute(path)?);
    std::thread::spawn(move || {
        // The machine's signals are for its threads.
        // SAFETY: sets this thread's own mask from a set made here.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_BLOCK, &all, std::ptr::null_mut());
        }
        let mut buf = vec![0; ROOM];
        for stream in listener.incoming().flatten() {
            // Whoever hangs up is not missed.
            let _ = answer(&stream, &mut buf);
        }
    });
    Ok(Socket(path.into()))
}
