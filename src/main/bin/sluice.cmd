@echo off
rem Starts Sluice. JAVA_HOME chooses the JDK, JAVA_OPTS adds options.
setlocal
set "HOME_DIR=%~dp0.."
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
"%JAVA%" -Dfile.encoding=UTF-8 -XX:TieredStopAtLevel=1 %JAVA_OPTS% -cp "%HOME_DIR%\lib\*" dev.sluice.Sluice %*
