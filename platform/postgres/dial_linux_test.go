package postgres_test

import (
	"syscall"
	"testing"

	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestOpenPool_Connections_DetectALostPeer(t *testing.T) {
	t.Parallel()
	pool, err := postgres.OpenPool(pgtest.Limits(pgtest.New(t, nil).StoreURL), 1)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	conn, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	socket, ok := conn.Conn().PgConn().Conn().(syscall.Conn)
	require.True(t, ok)
	raw, err := socket.SyscallConn()
	require.NoError(t, err)
	for option, want := range map[[2]int]int{
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE}:      1,
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE}:     10,
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}:    3,
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT}:      3,
		{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT}: 10_000,
	} {
		require.NoError(t, raw.Control(func(fd uintptr) {
			got, err := unix.GetsockoptInt(int(fd), option[0], option[1])
			require.NoError(t, err)
			require.Equal(t, want, got, option)
		}))
	}
}
