# Writes the page as one string literal, its style and its scripts put in where it names them:
#   cmake -D TO=file.cpp -P embed.cmake
set(folder ${CMAKE_CURRENT_LIST_DIR}/page)
file(READ ${folder}/report.html page)
file(READ ${folder}/report.css style)
string(REPLACE "<link rel=\"stylesheet\" href=\"report.css\">" "<style>\n${style}</style>"
       page "${page}")
foreach(name elements time_plot run_plots counter_plot witness_plot report)
  file(READ ${folder}/${name}.js script)
  string(REPLACE "<script src=\"${name}.js\"></script>" "<script>\n${script}</script>"
         page "${page}")
endforeach()
file(WRITE ${TO} "#include \"sim/report/page_template.h\"

const std::string_view dcount::report::page_template = R\"dcount_page(${page})dcount_page\";
")
