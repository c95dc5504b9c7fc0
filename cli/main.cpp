// dcount: one binary, library + main.
#include "cli/app.h"

int main(int argc, char** argv) { return dcount::cli::run(argc, argv); }
