FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# Copies only the files that a restore depends on, so that a code change reuses the cached restore layer.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/Domain/Domain.csproj src/Domain/
COPY src/Application/Application.csproj src/Application/
COPY src/Infrastructure/Infrastructure.csproj src/Infrastructure/
COPY src/Imaging/Imaging.csproj src/Imaging/
COPY src/Client/Client.csproj src/Client/
COPY src/WebClient/WebClient.csproj src/WebClient/
COPY src/WebApi/WebApi.csproj src/WebApi/
RUN dotnet restore src/WebApi -p:Configuration=Release

COPY src src
RUN dotnet publish src/WebApi --no-restore --configuration Release -p:ThisPlatformOnly=true --output /app

# This image contains ICU, which the server needs to normalize text. Of the chiseled images only the "extra" variants contain it.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .

# A new volume that is mounted here gets this owner.
RUN mkdir --parents /var/lib/cleanmessaging/attachments && chown "$APP_UID" /var/lib/cleanmessaging/attachments

# The image's unprivileged account, as a numeric id, so that Kubernetes can verify that it is not root.
USER $APP_UID
EXPOSE 8080
ENTRYPOINT ["dotnet", "CleanMessaging.WebApi.dll"]
