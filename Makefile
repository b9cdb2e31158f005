# Shortcuts; every target is one command, and none knows more than the command.
.PHONY: test ci bench reproduce generate pictures fuzz fmt

test: ; go test ./...
ci: ; .ci/run
bench: ; bench/peers.sh
reproduce: ; go run ./cmd/keyhull reproduce
generate: ; go generate ./...
pictures: ; go run ./cmd/keyhull reproduce --only fig1c,fig1d --out keyhull-out/readme && cp keyhull-out/readme/figures/fig1[cd].png docs/
fuzz: ; .ci/run fuzz
fmt: ; gofmt -w .
