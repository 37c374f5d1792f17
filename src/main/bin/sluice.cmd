@echo off
rem Starts Sluice. JAVA_HOME chooses the JDK, JAVA_OPTS adds options.
setlocal
set "HOME_DIR=%~dp0.."
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
rem The quick compiler and the parallel collector, unless JAVA_OPTS chooses others (docs/adr/0006).
set "COLLECTOR=-XX:+UseParallelGC"
if defined JAVA_OPTS echo "%JAVA_OPTS%" | findstr /r /c:"-XX:+Use[A-Za-z]*GC" >nul && set "COLLECTOR="
"%JAVA%" -Dfile.encoding=UTF-8 -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError %COLLECTOR% %JAVA_OPTS% -cp "%HOME_DIR%\lib\*" dev.sluice.Sluice %*
