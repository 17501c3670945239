package postgres

import (
	"net"
	"time"
)

// A connection whose other end is gone without a FIN, because its machine lost power or its network, is closed after
// these times. Without them Linux waits for over two hours, or 15 minutes with unacknowledged data. A slow statement is
// not affected, because the kernel of the server acknowledges data and probes.
const (
	keepAliveIdle     = 10 * time.Second
	keepAliveInterval = 3 * time.Second
	keepAliveProbes   = 3
	tcpUserTimeout    = 10 * time.Second
)

// dialer returns a dialer whose connections detect a lost peer.
func dialer(timeout time.Duration) *net.Dialer {
	return &net.Dialer{
		Timeout: timeout,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveProbes,
		},
		Control: setUserTimeout,
	}
}
