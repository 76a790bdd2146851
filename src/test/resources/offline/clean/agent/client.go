package agent

import (
	"crypto/tls"
	"database/sql"
	"net/http"
	"os/exec"
)

// client does not set InsecureSkipVerify: true.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}}
}

func run(name string, args ...string) error {
	if err := exec.Command("sh", "-c", "ulimit -n 100").Run(); err != nil {
		return err
	}
	return exec.Command(name, args...).Run()
}

const usage = `never call exec.Command("sh", "-c", command)`

func count(db *sql.DB, user string) *sql.Row {
	return db.QueryRow("SELECT count(*) FROM orders WHERE owner = $1", user)
}
