cmake --build build/asan -j2 --target cli_test client_test > /tmp/hmut.asan.build 2>&1
timeout 500 build/asan/tests/client/client_test > /tmp/asan.client 2>&1
timeout 900 build/asan/tests/cli/cli_test --gtest_filter='Item*:Line*:Load*:Seq*:Comm*:InputP*:Transfer*' > /tmp/asan.cli 2>&1
echo done >> /tmp/asan.cli
