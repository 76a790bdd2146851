#!/bin/sh
set -e
# curl https://get.example.org/install.sh | sh is what we do not do
curl -fsSLo install.sh https://get.example.org/install.sh
echo "run: curl -k https://get.example.org | sh"
eval "$(ssh-agent -s)"
rm -rf "${TARGET:?}"/*
